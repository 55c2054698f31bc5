/**
 * Mixtures of two images and of their labels: mixup (Zhang et al., "mixup: Beyond Empirical Risk Minimization", 2017)
 * and CutMix (Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers", 2019). As in torchvision each
 * image is mixed with the one before it in the batch, all in the same proportion λ.
 */
import { execute, isNative } from '../../../engine/backend/rawops';
import { sizesOf } from '../../../engine/ops/sizes';
import { nextSeed, normal, random, uniform } from '../../../engine/random';
import * as tf from '../../../engine/tf';
import { boxMask } from './erasing';

/** Number of classes, for the targets' distributions, and how evenly two samples are mixed. */
export interface MixOptions {
  readonly numClasses: number;
  /** λ is drawn from Beta(α, α); 1 makes every proportion equally likely. */
  readonly alpha?: number;
}

/** Mixed images and the matching class probabilities `[b, k]`. */
export type Mixed = [tf.Tensor4D, tf.Tensor2D];

/** A Gamma(alpha, 1) number (Marsaglia and Tsang, 2000) for the plain-JavaScript backend. */
function gammaInJs(alpha: number): number {
  if (alpha < 1) return gammaInJs(alpha + 1) * random() ** (1 / alpha);
  const d = alpha - 1 / 3;
  for (;;) {
    const z = tf.tidy(() => normal([1]).dataSync()[0] ?? 0);
    const v = (1 + z / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * z * z + d * (1 - v + Math.log(v))) return d * v;
  }
}

/** Gamma(α, 1) numbers. */
export function gammas(shape: number[], alpha: number): tf.Tensor {
  if (isNative()) {
    return execute(
      'StatelessRandomGammaV2',
      { dtype: { type: 'float32' }, T: { type: 'int32' }, Tseed: { type: 'int32' } },
      [tf.tensor1d(shape, 'int32'), nextSeed(), tf.scalar(alpha)],
    );
  }
  return tf.tensor(
    Array.from({ length: tf.util.sizeFromShape(shape) }, () => gammaInJs(alpha)),
    shape,
  );
}

/** λ from Beta(α, α), a scalar: the share of one of two Gamma(α) numbers in their sum. */
function beta(alpha: number): tf.Scalar {
  if (alpha === 1) return uniform([]);
  const [a, b] = tf.unstack(gammas([2], alpha)) as [tf.Scalar, tf.Scalar];
  return tf.div(a, tf.add(a, b));
}

/** The batch moved on by one, the last image first. */
const rolled = <T extends tf.Tensor>(x: T): T => {
  const last = (x.shape[0] ?? 1) - 1;
  const rest = x.shape.slice(1);
  const begin = (row: number) => [row, ...rest.map(() => 0)];
  return tf.concat<T>([tf.slice(x, begin(last), [1, ...rest]), tf.slice(x, begin(0), [last, ...rest])]);
};

/** λ y + (1 − λ) y′ of the labels' one-hot vectors. */
function mixLabels(y: tf.Tensor1D, numClasses: number, lambda: tf.Scalar): tf.Tensor2D {
  const oneHot = tf.cast(tf.oneHot(y, numClasses), 'float32');
  return tf.add(tf.mul(oneHot, lambda), tf.mul(rolled(oneHot), tf.sub(1, lambda)));
}

function check(what: string, { numClasses, alpha = 1 }: MixOptions): void {
  if (!(alpha > 0)) throw new RangeError(`Cannot build ${what}: expected alpha > 0, got ${alpha}`);
  if (!(numClasses > 1))
    throw new RangeError(`Cannot build ${what}: expected numClasses > 1, got ${numClasses}`);
}

/** Lays each image over the one before it. */
export class MixUp {
  constructor(private readonly options: MixOptions) {
    check('MixUp', options);
  }

  /** A batch of means of two samples each, and targets `[b, k]` in the same proportion. */
  forward(x: tf.Tensor4D, y: tf.Tensor1D): Mixed {
    const { numClasses, alpha = 1 } = this.options;
    return tf.tidy(() => {
      const lambda = beta(alpha);
      const images = tf.add(tf.mul(x, lambda), tf.mul(rolled(x), tf.sub(1, lambda)));
      return [images, mixLabels(y, numClasses, lambda)] as Mixed;
    });
  }
}

/** Pastes a box of the image before into each image; the box has the area 1 − λ before it is cut at the edges. */
export class CutMix {
  constructor(private readonly options: MixOptions) {
    check('CutMix', options);
  }

  /** A batch whose boxes come from other samples, and targets `[b, k]` in proportion to the areas. */
  forward(x: tf.Tensor4D, y: tf.Tensor1D): Mixed {
    const { numClasses, alpha = 1 } = this.options;
    const [, height, width] = sizesOf('CutMix', x, '[b, h, w, c]');
    return tf.tidy(() => {
      const half = tf.mul(0.5, tf.sqrt(tf.sub(1, beta(alpha))));
      const [top, bottom] = edges(height, half);
      const [left, right] = edges(width, half);
      const mask = boxMask([height, width], [top, left, bottom, right]);
      const images = tf.add(tf.mul(x, tf.sub(1, mask)), tf.mul(rolled(x), mask));
      const lambda = tf.sub(1, tf.mean(mask)); // what is left after cutting at the edges
      return [images, mixLabels(y, numClasses, lambda)] as Mixed;
    });
  }
}

/** First and last + 1 position of a box about a random centre, cut at the edges, each `[1]`. */
function edges(length: number, half: tf.Tensor): [tf.Tensor1D, tf.Tensor1D] {
  const centre = tf.floor(tf.mul(uniform([1]), length));
  const reach = tf.floor(tf.mul(half, length));
  return [tf.maximum(tf.sub(centre, reach), 0), tf.minimum(tf.add(centre, reach), length)];
}
