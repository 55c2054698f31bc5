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
export const isGeometric = (transform: Transform): transform is Geometric =>
  'matrix' in transform && !('apart' in transform && transform.apart === true);

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

/** How an image is turned. */
export interface RandomRotationOptions extends SampleOptions {
  /** Makes the result large enough for the whole image; the images of a batch then turn by the same angle. */
  readonly expand?: boolean;
  /** Pixels from the left and from the top to what stays in its place; the middle unless given. */
  readonly center?: readonly [number, number];
}

/** Turns about the centre by an angle drawn from −degrees … degrees (or from a range), counter-clockwise. */
export class RandomRotation implements Geometric {
  readonly lossless = false;
  readonly sampling: SampleOptions;
  /** Whether the size of the result hangs on the angle, so that nothing can be joined with it. */
  readonly apart: boolean;
  private readonly degrees: Range;
  private readonly center: readonly [number, number] | undefined;

  constructor(degrees: number | Range, { expand = false, center, ...sampling }: RandomRotationOptions = {}) {
    this.degrees = symmetric('RandomRotation', degrees);
    this.center = center;
    this.apart = expand;
    this.sampling = { fill: 0, ...sampling };
  }

  matrix(batch: number, size: Size): tf.Tensor3D {
    return tf.tidy(() => {
      const angle = tf.neg(between(batch, this.degrees)); // the affine map counts clockwise
      return affineAboutCentre(batch, size, { angle, center: this.center });
    });
  }

  outputSize = (size: Size): Size => size;

  forward(x: tf.Tensor4D): tf.Tensor4D {
    if (!this.apart) return applyGeometric(this, x);
    const [angle = 0] = tf.tidy(() => between(1, this.degrees).dataSync());
    return rotate(x, angle, { ...this.sampling, expand: true, ...(this.center && { center: this.center }) });
  }
}

/**
 * Turns images by `angle` degrees, counter-clockwise, as `torchvision.transforms.v2.functional.rotate`.
 */
export function rotate(
  x: tf.Tensor4D,
  angle: number,
  { expand = false, center, ...sampling }: RandomRotationOptions = {},
): tf.Tensor4D {
  const [batch, height, width] = sizesOf('rotate', x, '[b, h, w, c]');
  const quarters = (((angle / 90) % 4) + 4) % 4;
  const whole =
    center === undefined && Number.isInteger(quarters) && (quarters % 2 === 0 || expand || height === width);
  return tf.tidy(() => {
    if (whole) return quarterTurns(x, quarters);
    const size = expand ? turnedSize([height, width], angle, center) : ([height, width] as const);
    const matrix = affineAboutCentre(batch, [height, width], { angle: -angle, center });
    // The middle of the larger result lies on the middle of the image.
    const [dx, dy] = [(width - size[1]) / 2, (height - size[0]) / 2];
    return sample(x, tf.matMul(matrix, affineMatrix(batch, [1, 0, dx, 0, 1, dy])), sampling, size);
  });
}

/** Turns by right angles, which moves every pixel to a place of its own. */
function quarterTurns(x: tf.Tensor4D, quarters: number): tf.Tensor4D {
  const turned = quarters % 2 === 1 ? tf.transpose(x, [0, 2, 1, 3]) : x;
  const axes = [[], [1], [1, 2], [2]][quarters] ?? [];
  return axes.length === 0 ? tf.clone(turned) : tf.reverse(turned, axes);
}

/** Height and width that hold the corners of the turned image, as torchvision counts them. */
function turnedSize(
  [height, width]: Size,
  angle: number,
  center: readonly [number, number] | undefined,
): Size {
  const turn = (angle * Math.PI) / 180;
  const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
  const [cx, cy] = center ? [center[0] - width / 2, center[1] - height / 2] : [0, 0];
  const corners = [-1, 1].flatMap((x) =>
    [-1, 1].map((y) => [(x * width) / 2 - cx, (y * height) / 2 - cy] as const),
  );
  const xs = corners.map(([x, y]) => cosine * x - sine * y + cx + width / 2);
  const ys = corners.map(([x, y]) => sine * x + cosine * y + cy + height / 2);
  const span = (values: number[]): number => {
    const [least, most] = [Math.min(...values), Math.max(...values)].map(
      (value) => Math.trunc(value * 1e4) / 1e4,
    );
    return Math.ceil(most ?? 0) - Math.floor(least ?? 0);
  };
  return [span(ys), span(xs)];
}

/** What happens to an image besides turning; nothing unless given. */
export interface RandomAffineOptions extends SampleOptions {
  /** Largest shift as a fraction of width and height. */
  readonly translate?: readonly [number, number];
  readonly scale?: Range;
  /** Degrees along x: a number s means −s … s; four numbers are the ranges along x and y. */
  readonly shear?: number | Range | readonly [number, number, number, number];
  /** Pixels from the left and from the top to what stays in its place; the middle unless given. */
  readonly center?: readonly [number, number];
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
    this.sampling = { interpolation: options.interpolation, fill: options.fill ?? 0 };
  }

  matrix(batch: number, size: Size): tf.Tensor3D {
    const [height, width] = size;
    const { translate: [tx, ty] = [0, 0], scale = [1, 1], shear = 0, center } = this.options;
    const [x0, x1, y0 = 0, y1 = 0] = typeof shear === 'number' ? symmetric('RandomAffine', shear) : shear;
    const whole = (most: number) => tf.round(between(batch, [-most, most]));
    return tf.tidy(() =>
      affineAboutCentre(batch, size, {
        angle: between(batch, this.degrees),
        translate: [whole(tx * width), whole(ty * height)],
        scale: between(batch, scale),
        shear: [between(batch, [x0, x1]), between(batch, [y0, y1])],
        center,
      }),
    );
  }

  outputSize = (size: Size): Size => size;
  forward = (x: tf.Tensor4D): tf.Tensor4D => applyGeometric(this, x);
}
