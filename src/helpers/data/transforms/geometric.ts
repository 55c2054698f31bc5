/** Random movements of pixels: flips, rotation, affine maps, crops. Every image of a batch draws its own numbers. */
import type { SampleOptions } from '../../../engine/ops/image';
import { sizesOf } from '../../../engine/ops/sizes';
import { uniform } from '../../../engine/random';
import * as tf from '../../../engine/tf';
import type { Transform } from '../dataset';
import { affineAboutCentre, affineMatrix, type PerImage, sample } from './matrix';

/** Height and width in pixels. */
export type Size = readonly [height: number, width: number];
/** The interval a number is drawn from, evenly. */
export type Range = readonly [low: number, high: number];

/** A transform that is nothing but a matrix for each image; `Compose` joins neighbours into one pass. */
export interface Geometric extends Transform {
  readonly sampling: SampleOptions;
  /** Whether every pixel of the input has its own place in the result, so that no pixel is lost or made up. */
  readonly lossless: boolean;
  /** Draws the matrices `[batch, 3, 3]` that lead from a pixel (x, y, 1) of the result to its place in the image. */
  matrix(batch: number, size: Size): tf.Tensor3D;
  /** Size of the result. */
  outputSize(size: Size): Size;
}

/** Whether a transform moves pixels by a matrix, and so can be joined with its neighbours into one. */
export const isGeometric = (transform: Transform): transform is Geometric => 'matrix' in transform;

/** Draws matrices and moves the pixels of images `[b, h, w, c]`. */
export function applyGeometric(
  transform: Geometric,
  x: tf.Tensor4D,
  what = transform.constructor.name,
): tf.Tensor4D {
  const [batch, height, width] = sizesOf(what, x, '[b, h, w, c]');
  const size = [height, width] as const;
  return tf.tidy(() =>
    sample(x, transform.matrix(batch, size), transform.sampling, transform.outputSize(size)),
  );
}

const between = (batch: number, [low, high]: Range): tf.Tensor1D => uniform([batch], low, high);

/** Whole numbers in 0 … n − 1, as floats; `n` may differ from image to image. */
export const wholeBelow = (batch: number, n: PerImage): tf.Tensor1D => tf.floor(tf.mul(uniform([batch]), n));

/** `degrees` as torchvision reads it: a number d means −d … d. */
function symmetric(what: string, value: number | Range): Range {
  if (typeof value !== 'number') return value;
  if (value >= 0) return [-value, value];
  throw new RangeError(`Cannot build ${what}: expected a number ≥ 0 or [low, high], got ${value}`);
}

/**
 * Checks the probability that a transform is applied with.
 * @throws RangeError unless `p` is in 0 … 1
 */
export function checkProbability(what: string, p: number): void {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`Cannot build ${what}: expected p in 0 … 1, got ${p}`);
}

/** −1 with probability p, else 1. */
const sign = (batch: number, p: number): tf.Tensor1D =>
  tf.sub(1, tf.mul(2, tf.cast(tf.less(uniform([batch]), p), 'float32')));

/** Mirrors left and right with probability `p`. */
export class RandomHorizontalFlip implements Geometric {
  readonly sampling = {};
  readonly lossless = true;

  constructor(readonly p = 0.5) {
    checkProbability('RandomHorizontalFlip', p);
  }

  matrix(batch: number, [, width]: Size): tf.Tensor3D {
    return tf.tidy(() => {
      const s = sign(batch, this.p);
      return affineMatrix(batch, [s, 0, tf.mul(tf.sub(1, s), (width - 1) / 2), 0, 1, 0]);
    });
  }

  outputSize = (size: Size): Size => size;
  forward = (x: tf.Tensor4D): tf.Tensor4D => applyGeometric(this, x);
}

/** Mirrors top and bottom with probability `p`. */
export class RandomVerticalFlip implements Geometric {
  readonly sampling = {};
  readonly lossless = true;

  constructor(readonly p = 0.5) {
    checkProbability('RandomVerticalFlip', p);
  }

  matrix(batch: number, [height]: Size): tf.Tensor3D {
    return tf.tidy(() => {
      const s = sign(batch, this.p);
      return affineMatrix(batch, [1, 0, 0, 0, s, tf.mul(tf.sub(1, s), (height - 1) / 2)]);
    });
  }

  outputSize = (size: Size): Size => size;
  forward = (x: tf.Tensor4D): tf.Tensor4D => applyGeometric(this, x);
}

/** Turns about the centre by an angle drawn from −degrees … degrees (or from a range), counter-clockwise. */
export class RandomRotation implements Geometric {
  readonly lossless = false;
  private readonly degrees: Range;

  constructor(
    degrees: number | Range,
    readonly sampling: SampleOptions = {},
  ) {
    this.degrees = symmetric('RandomRotation', degrees);
  }

  matrix(batch: number, size: Size): tf.Tensor3D {
    return tf.tidy(() => {
      const angle = tf.neg(between(batch, this.degrees)); // the affine map counts clockwise
      return affineAboutCentre(batch, size, { angle });
    });
  }

  outputSize = (size: Size): Size => size;
  forward = (x: tf.Tensor4D): tf.Tensor4D => applyGeometric(this, x);
}

/** What happens to an image besides turning; nothing unless given. */
export interface RandomAffineOptions extends SampleOptions {
  /** Largest shift as a fraction of width and height. */
  readonly translate?: readonly [number, number];
  readonly scale?: Range;
  /** Degrees along x: a number s means −s … s; four numbers are the ranges along x and y. */
  readonly shear?: number | Range | readonly [number, number, number, number];
}

/** Rotation, translation by whole pixels, scaling and shear about the centre, as torchvision draws them. */
export class RandomAffine implements Geometric {
  readonly lossless = false;
  readonly sampling: SampleOptions;
  private readonly degrees: Range;
  private readonly options: RandomAffineOptions;

  constructor(degrees: number | Range, options: RandomAffineOptions = {}) {
    this.degrees = symmetric('RandomAffine', degrees);
    this.options = options;
    this.sampling = { interpolation: options.interpolation, fill: options.fill };
  }

  matrix(batch: number, size: Size): tf.Tensor3D {
    const [height, width] = size;
    const { translate: [tx, ty] = [0, 0], scale = [1, 1], shear = 0 } = this.options;
    const [x0, x1, y0 = 0, y1 = 0] = typeof shear === 'number' ? symmetric('RandomAffine', shear) : shear;
    const whole = (most: number) => tf.round(between(batch, [-most, most]));
    return tf.tidy(() =>
      affineAboutCentre(batch, size, {
        angle: between(batch, this.degrees),
        translate: [whole(tx * width), whole(ty * height)],
        scale: between(batch, scale),
        shear: [between(batch, [x0, x1]), between(batch, [y0, y1])],
      }),
    );
  }

  outputSize = (size: Size): Size => size;
  forward = (x: tf.Tensor4D): tf.Tensor4D => applyGeometric(this, x);
}
