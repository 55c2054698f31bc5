/**
 * AugMix (Hendrycks et al., "AugMix: A Simple Data Processing Method to Improve Robustness and Uncertainty", 2020): each
 * image mixed with several chains of operations on it.
 */
import type { SampleOptions } from '../../../engine/ops/image';
import { sizesOf } from '../../../engine/ops/sizes';
import * as tf from '../../../engine/tf';
import type { Transform } from '../dataset';
import { augment, draw, type Drawn, type Space, spaceOf } from './auto';
import { type Size, wholeBelow } from './geometric';
import { gammas } from './mix';
import { asFloat, perImage, truncated } from './pixels';

/** How many operations, how strong, and how they are mixed. */
export interface AugMixOptions extends SampleOptions {
  /** How strong operations may be, 1 … 10. */
  readonly severity?: number;
  /** Chains of operations. */
  readonly mixtureWidth?: number;
  /** Operations in each chain; below 1, one to three at random. */
  readonly chainDepth?: number;
  /** How evenly chains are mixed. */
  readonly alpha?: number;
  /** Whether brightness, colour, contrast and sharpness are among the operations. */
  readonly allOps?: boolean;
}

const BINS = 10;
const LONGEST = 3;
const BLENDS = new Set(['Brightness', 'Color', 'Contrast', 'Sharpness']);
const ALL = spaceOf({ shear: 0.3, shift: (length) => length / 3, turn: 30, blend: 0.9, bits: [4, 4] }).filter(
  ([name]) => name !== 'Identity',
);

/** Mixes each image with chains of operations on it, in random proportions. */
export class AugMix implements Transform {
  private readonly options: Required<Omit<AugMixOptions, keyof SampleOptions>>;
  private readonly sampling: SampleOptions;
  private readonly space: Space;

  /** @throws RangeError for a severity beyond 1 … 10 */
  constructor(options: AugMixOptions = {}) {
    const {
      severity = 3,
      mixtureWidth = 3,
      chainDepth = -1,
      alpha = 1,
      allOps = true,
      ...sampling
    } = options;
    if (!(severity >= 1 && severity <= BINS)) {
      throw new RangeError(`Cannot build AugMix: expected severity in 1 … ${BINS}, got ${severity}`);
    }
    this.options = { severity, mixtureWidth, chainDepth, alpha, allOps };
    this.sampling = { interpolation: 'bilinear', ...sampling };
    this.space = allOps ? ALL : ALL.filter(([name]) => !BLENDS.has(name));
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [batch] = sizesOf('AugMix', x, '[b, h, w, c]');
    const { mixtureWidth, alpha } = this.options;
    return tf.tidy(() => {
      const [own, others] = shares(batch, 2, alpha) as [tf.Tensor1D, tf.Tensor1D];
      const mixture = shares(batch, mixtureWidth, alpha);
      const sum = mixture.reduce(
        (mixed, share) => tf.add(mixed, tf.mul(asFloat(this.chain(x)), perImage(tf.mul(share, others)))),
        tf.mul(asFloat(x), perImage(own)),
      );
      return truncated(sum, x);
    });
  }

  /** Operations one after the other; images whose chain has ended stay as they are. */
  private chain(x: tf.Tensor4D): tf.Tensor4D {
    const [batch, height, width] = sizesOf('augment', x, '[b, h, w, c]');
    const { chainDepth } = this.options;
    const fixed = chainDepth > 0;
    const depths = fixed ? undefined : tf.add(wholeBelow(batch, LONGEST), 1);
    let image = x;
    for (let i = 0; i < (fixed ? chainDepth : LONGEST); i++) {
      const drawn = this.drawn(batch, [height, width]);
      const going = depths && tf.cast(tf.greater(depths, i), 'int32');
      const operation = going ? tf.mul(drawn.operation, going) : drawn.operation;
      image = augment(image, { ...drawn, operation }, this.sampling);
    }
    return image;
  }

  private drawn(batch: number, size: Size): Drawn {
    return draw(this.space, batch, BINS, size, (count) => wholeBelow(count, this.options.severity));
  }
}

/** Numbers of a Dirichlet distribution: for each image `count` shares that add up to 1. */
function shares(batch: number, count: number, alpha: number): tf.Tensor1D[] {
  const numbers = gammas([batch, count], alpha);
  return tf.unstack(tf.div(numbers, tf.sum(numbers, 1, true)), 1);
}
