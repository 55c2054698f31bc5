/**
 * Learned and random policies of augmentation: AutoAugment, RandAugment (Cubuk et al., 2019), TrivialAugment (Müller and
 * Hutter, 2021). Every image of a batch draws its own operations. All movements of pixels of a step are one sampling, all
 * blends one blend.
 */
import type { SampleOptions } from '../../../engine/ops/image';
import { sizesOf } from '../../../engine/ops/sizes';
import { uniform } from '../../../engine/random';
import * as tf from '../../../engine/tf';
import type { Transform } from '../dataset';
import { softened } from './blur';
import { blend, grey, meanGrey } from './color';
import { type Size, wholeBelow } from './geometric';
import { affineAboutCentre, sample } from './matrix';
import { asFloat, boundOf, perImage, select } from './pixels';
import { type Operation, OPERATIONS, POLICIES, type Step } from './policies';
import { autocontrast, equalize, invert, posterize, solarize } from './tones';

const SIGNED: ReadonlySet<Operation> = new Set<Operation>([
  ...(['ShearX', 'ShearY', 'TranslateX', 'TranslateY', 'Rotate'] as const),
  ...(['Brightness', 'Color', 'Contrast', 'Sharpness'] as const),
]);

/** What happens to each image of a batch: the operation's number and its strength. */
export interface Drawn {
  readonly operation: tf.Tensor1D;
  readonly magnitude: tf.Tensor1D;
}

/** Applies to each image an operation of its own; strengths are those of torchvision. */
export function augment(
  x: tf.Tensor4D,
  { operation, magnitude }: Drawn,
  sampling: SampleOptions,
): tf.Tensor4D {
  return tf.tidy(() => {
    const is = (name: Operation): tf.Tensor1D => tf.equal(operation, OPERATIONS.indexOf(name));
    const of = (name: Operation): tf.Tensor1D => tf.mul(magnitude, tf.cast(is(name), 'float32'));
    const moved = select(
      tf.logicalAnd(tf.greater(operation, 0), tf.less(operation, 6)),
      move(x, of, sampling),
      x,
    );
    const mixed = mix(moved, is, of);
    const bits = tf.add(of('Posterize'), tf.mul(8, tf.sub(1, tf.cast(is('Posterize'), 'float32'))));
    const changes: [Operation, (image: tf.Tensor4D) => tf.Tensor4D][] = [
      ['Posterize', (image) => posterize(image, tf.floor(bits))],
      ['Solarize', (image) => solarize(image, tf.mul(magnitude, boundOf(image)))],
      ['AutoContrast', autocontrast],
      ['Equalize', equalize],
      ['Invert', invert],
    ];
    return changes.reduce((image, [name, change]) => select(is(name), change(image), image), mixed);
  });
}

type Strength = (name: Operation) => tf.Tensor1D;

/** Shears about the top left corner, shifts by whole pixels, turns about the middle. */
function move(x: tf.Tensor4D, of: Strength, sampling: SampleOptions): tf.Tensor4D {
  const [batch, height, width] = sizesOf('augment', x, '[b, h, w, c]');
  const whole = (values: tf.Tensor1D): tf.Tensor1D => tf.mul(tf.sign(values), tf.floor(tf.abs(values)));
  const degrees = (values: tf.Tensor1D): tf.Tensor1D => tf.mul(tf.atan(values), 180 / Math.PI);
  const size = [height, width] as const;
  const sheared = affineAboutCentre(batch, size, {
    shear: [degrees(of('ShearX')), degrees(of('ShearY'))],
    center: [0, 0],
  });
  const turned = affineAboutCentre(batch, size, {
    angle: tf.neg(of('Rotate')),
    translate: [whole(of('TranslateX')), whole(of('TranslateY'))],
  });
  return sample(x, tf.matMul(sheared, turned), sampling);
}

/** Brightness, colour, contrast and sharpness: blends of an image with black, its grey, its mean, its softened self. */
function mix(x: tf.Tensor4D, is: (name: Operation) => tf.Tensor1D, of: Strength): tf.Tensor4D {
  const [, height, width] = sizesOf('augment', x, '[b, h, w, c]');
  const names = ['Brightness', 'Color', 'Contrast', 'Sharpness'] as const;
  const share = (name: Operation): tf.Tensor4D => perImage(tf.cast(is(name), 'float32'));
  const soft = height > 2 && width > 2 ? softened(x) : asFloat(x);
  const partner = tf.addN([
    tf.mul(grey(x), share('Color')),
    tf.mul(meanGrey(x), share('Contrast')),
    tf.mul(soft, share('Sharpness')),
  ].map((part) => tf.add(part, tf.zerosLike(soft)))); // prettier-ignore
  const factor = tf.add(1, tf.addN(names.map(of)));
  const any = names.map(is).reduce((a, b) => tf.logicalOr(a, b));
  return select(any, blend(x, partner, factor), x);
}

/** The strengths of an operation from weak to strong. */
export type Space = readonly (readonly [Operation, (bins: number, size: Size) => readonly number[]])[];

/** Evenly spaced numbers, ends included. */
export const spaced = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => (count === 1 ? from : from + ((to - from) * i) / (count - 1)));

/** Python's `round` of 8 bits and fewer; halves go to the even number. */
export const bitsFrom = (most: number, range: number, bins: number): number[] =>
  Array.from({ length: bins }, (_, i) => {
    const exact = most - i / ((bins - 1) / range);
    return Math.abs(exact % 1) === 0.5 ? 2 * Math.round(exact / 2) : Math.round(exact);
  });

const none = (bins: number): number[] => new Array<number>(bins).fill(0);

interface Widths {
  readonly shear: number;
  readonly shift: (length: number) => number;
  readonly turn: number;
  readonly blend: number;
  readonly bits: readonly [most: number, range: number];
}

/** The operations that all policies share, each as strong as its policy goes. */
export function spaceOf({ shear, shift, turn, blend: strength, bits }: Widths): Space {
  const to = (most: number) => (bins: number) => spaced(0, most, bins);
  return [
    ['Identity', none],
    ['ShearX', to(shear)],
    ['ShearY', to(shear)],
    ['TranslateX', (bins, [, width]) => spaced(0, shift(width), bins)],
    ['TranslateY', (bins, [height]) => spaced(0, shift(height), bins)],
    ['Rotate', to(turn)],
    ...(['Brightness', 'Color', 'Contrast', 'Sharpness'] as const).map(
      (name) => [name, to(strength)] as const,
    ),
    ['Posterize', (bins) => bitsFrom(...bits, bins)],
    ['Solarize', (bins) => spaced(1, 0, bins)],
    ['AutoContrast', none],
    ['Equalize', none],
  ];
}

const USUAL = spaceOf({
  shear: 0.3,
  shift: (length) => (150 / 331) * length,
  turn: 30,
  blend: 0.9,
  bits: [8, 4],
});
const WIDE = spaceOf({ shear: 0.99, shift: () => 32, turn: 135, blend: 0.99, bits: [8, 6] });

/** Draws an operation and a strength for each image; `level` says which, by default any. */
export function draw(space: Space, batch: number, bins: number, size: Size, levels: PickLevels): Drawn {
  const table = space.flatMap(([, strengths]) => strengths(bins, size));
  const numbers = space.map(([name]) => OPERATIONS.indexOf(name));
  const signed = space.map(([name]) => Number(SIGNED.has(name)));
  return tf.tidy(() => {
    const place = tf.cast(wholeBelow(batch, space.length), 'int32');
    const at = tf.cast(tf.add(tf.mul(place, bins), tf.cast(levels(batch), 'int32')), 'int32');
    const strength = tf.gather(tf.tensor1d(table), at);
    return {
      operation: tf.gather(tf.tensor1d(numbers, 'int32'), place),
      magnitude: tf.mul(strength, signs(batch, tf.gather(tf.tensor1d(signed), place))),
    };
  });
}

/** Which of the strengths each image gets. */
export type PickLevels = (batch: number) => tf.Tensor1D;

/** −1 for half of the images whose operation goes both ways, else 1. */
const signs = (batch: number, signed: tf.Tensor1D): tf.Tensor1D =>
  tf.sub(1, tf.mul(tf.mul(2, signed), tf.cast(tf.lessEqual(uniform([batch]), 0.5), 'float32')));

/** One of the policies found for a data set, drawn for each image. */
export class AutoAugment implements Transform {
  private readonly steps: readonly (readonly [Step, Step])[];

  /** @throws RangeError for a policy of another name */
  constructor(
    policy: keyof typeof POLICIES = 'imagenet',
    private readonly sampling: SampleOptions = {},
  ) {
    if (!Object.hasOwn(POLICIES, policy)) {
      throw new RangeError(
        `Cannot build AutoAugment: expected ${Object.keys(POLICIES).join(', ')}, got ${String(policy)}`,
      );
    }
    this.steps = POLICIES[policy];
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [batch, height, width] = sizesOf('AutoAugment', x, '[b, h, w, c]');
    return tf.tidy(() => {
      const policy = tf.cast(wholeBelow(batch, this.steps.length), 'int32');
      return [0, 1].reduce(
        (image, i) => augment(image, this.drawStep(i, policy, [height, width]), this.sampling),
        x,
      );
    });
  }

  /** The operations of one of the two steps; what does not happen is the operation that does nothing. */
  private drawStep(i: number, policy: tf.Tensor1D, size: Size): Drawn {
    const steps = this.steps.map((pair) => pair[i] ?? pair[0]);
    const strengths = new Map(USUAL.map(([name, levels]) => [name, levels(10, size)]));
    const column = (value: (step: Step) => number) => tf.gather(tf.tensor1d(steps.map(value)), policy);
    const batch = policy.shape[0];
    const happens = tf.cast(
      tf.lessEqual(
        uniform([batch]),
        column(([, p]) => p),
      ),
      'float32',
    );
    const magnitude = column(([name, , level]) =>
      level === undefined ? 0 : (strengths.get(name)?.[level] ?? 0),
    );
    return {
      operation: tf.cast(
        tf.mul(
          column(([name]) => OPERATIONS.indexOf(name)),
          happens,
        ),
        'int32',
      ),
      magnitude: tf.mul(
        magnitude,
        signs(
          batch,
          column(([name]) => Number(SIGNED.has(name))),
        ),
      ),
    };
  }
}

/** How many operations and how strong. */
export interface RandAugmentOptions extends SampleOptions {
  readonly numOps?: number;
  /** One of the levels 0 … numMagnitudeBins − 1. */
  readonly magnitude?: number;
  readonly numMagnitudeBins?: number;
}

/** Several operations drawn for each image, all equally strong. */
export class RandAugment implements Transform {
  private readonly options: Required<Omit<RandAugmentOptions, keyof SampleOptions>>;
  private readonly sampling: SampleOptions;

  /** @throws RangeError for counts that are no whole numbers, or a magnitude beyond the bins */
  constructor({ numOps = 2, magnitude = 9, numMagnitudeBins = 31, ...sampling }: RandAugmentOptions = {}) {
    if (!(Number.isInteger(numOps) && numOps >= 0)) {
      throw new RangeError(`Cannot build RandAugment: expected numOps ≥ 0, got ${numOps}`);
    }
    if (!(Number.isInteger(magnitude) && magnitude >= 0 && magnitude < numMagnitudeBins)) {
      throw new RangeError(
        `Cannot build RandAugment: expected magnitude in 0 … ${numMagnitudeBins - 1}, got ${magnitude}`,
      );
    }
    this.options = { numOps, magnitude, numMagnitudeBins };
    this.sampling = sampling;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [batch, height, width] = sizesOf('RandAugment', x, '[b, h, w, c]');
    const { numOps, magnitude, numMagnitudeBins } = this.options;
    const level: PickLevels = (count) => tf.fill([count], magnitude);
    return tf.tidy(() => {
      let image = x;
      for (let i = 0; i < numOps; i++) {
        const drawn = draw(USUAL, batch, numMagnitudeBins, [height, width], level);
        image = augment(image, drawn, this.sampling);
      }
      return image;
    });
  }
}

/** One operation of any strength for each image. */
export class TrivialAugmentWide implements Transform {
  private readonly bins: number;
  private readonly sampling: SampleOptions;

  constructor({
    numMagnitudeBins = 31,
    ...sampling
  }: SampleOptions & { readonly numMagnitudeBins?: number } = {}) {
    this.bins = numMagnitudeBins;
    this.sampling = sampling;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [batch, height, width] = sizesOf('TrivialAugmentWide', x, '[b, h, w, c]');
    return tf.tidy(() => {
      const any: PickLevels = (count) => wholeBelow(count, this.bins);
      return augment(x, draw(WIDE, batch, this.bins, [height, width], any), this.sampling);
    });
  }
}
