/** Other sizes: weighted means of pixels, one matrix for the rows and one for the columns. */
import { sizesOf } from '../../../engine/ops/sizes';
import * as tf from '../../../engine/tf';
import type { Transform } from '../dataset';
import type { Size } from './geometric';
import { asFloat } from './pixels';

/** What stands between pixels when an image gets another size. */
export type ResizeInterpolation = 'nearest' | 'nearest-exact' | 'bilinear' | 'bicubic';

/** How an image gets another size. */
export interface ResizeOptions {
  readonly interpolation?: ResizeInterpolation;
  /** Where the image shrinks, a mean over all pixels that fall together instead of the nearest ones. */
  readonly antialias?: boolean;
  /** Longest edge of the result, where only the shorter one is given. */
  readonly maxSize?: number;
}

/** Keys' cubic; `a` is −0.5 for means over many pixels and −0.75 between four, as PyTorch has it. */
function cubic(x: number, a: number): number {
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

const triangle = (x: number): number => Math.max(0, 1 - Math.abs(x));

/** Row i: the weights of the input's pixels in pixel i of the result, `[to, from]`. */
function weights(
  from: number,
  to: number,
  interpolation: ResizeInterpolation,
  antialias: boolean,
): Float64Array {
  const rows = new Float64Array(from * to);
  const scale = from / to;
  const stretch = antialias ? Math.max(scale, 1) : 1;
  const reach = (interpolation === 'bicubic' ? 2 : 1) * stretch;
  const a = antialias ? -0.5 : -0.75;
  const kernel = interpolation === 'bicubic' ? (x: number) => cubic(x, a) : triangle;
  const clamped = (i: number) => Math.min(Math.max(i, 0), from - 1);
  for (let i = 0; i < to; i++) {
    if (interpolation === 'nearest')
      rows[i * from + clamped(Math.floor(Math.fround(i * Math.fround(scale))))] = 1;
    else if (interpolation === 'nearest-exact') rows[i * from + clamped(Math.floor((i + 0.5) * scale))] = 1;
    else if (antialias)
      meanRow(rows.subarray(i * from, (i + 1) * from), (i + 0.5) * scale, reach, stretch, kernel);
    else {
      const centre = (i + 0.5) * scale - 0.5;
      const at = interpolation === 'bilinear' ? Math.max(centre, 0) : centre;
      for (let k = Math.floor(at) - 1; k <= Math.floor(at) + 2; k++) {
        const place = i * from + clamped(k);
        rows[place] = (rows[place] ?? 0) + kernel(at - k);
      }
    }
  }
  return rows;
}

/** The weights about `centre`, which add up to 1. */
function meanRow(
  row: Float64Array,
  centre: number,
  reach: number,
  stretch: number,
  kernel: (x: number) => number,
): void {
  const begin = Math.max(Math.trunc(centre - reach + 0.5), 0);
  const end = Math.min(Math.trunc(centre + reach + 0.5), row.length);
  let sum = 0;
  for (let k = begin; k < end; k++) sum += row[k] = kernel((k + 0.5 - centre) / stretch);
  for (let k = begin; k < end; k++) row[k] = (row[k] ?? 0) / sum;
}

/** Pillow weighs whole pixels by whole numbers of 2⁻²²; what is above 2¹¹ and what is below are added up apart. */
const WHOLE = 2 ** 22;
const HALF = 2 ** 11;

/** Weights of floats as they are, of whole pixels in units of 2⁻²². */
const inUnits = (weights: Float64Array, x: tf.Tensor): Float64Array =>
  x.dtype === 'int32' ? weights.map((w) => Math.floor(w * WHOLE + 0.5)) : weights;

/**
 * Products with weights `[to, from]`. Those of whole pixels are Pillow's to the bit: both halves stay below 2²⁴, so that
 * float32 holds them.
 */
function products(x: tf.Tensor, weights: tf.Tensor, whole: boolean): tf.Tensor {
  if (!whole) return tf.matMul(x, weights, false, true);
  const high = tf.floor(tf.div(weights, HALF));
  const low = tf.sub(weights, tf.mul(high, HALF));
  const carried = tf.floor(tf.div(tf.add(tf.matMul(x, low, false, true), WHOLE / 2), HALF));
  const sum = tf.add(tf.matMul(x, high, false, true), carried);
  return tf.clipByValue(tf.floor(tf.div(sum, HALF)), 0, 255);
}

/**
 * Multiplies rows `[H, h]` or `[b, H, h]` and columns `[W, w]` or `[b, W, w]` into images; for whole pixels, which are
 * rounded after each of the two passes, their weights are in units of 2⁻²².
 */
export function weighted(x: tf.Tensor4D, rows: tf.Tensor, columns: tf.Tensor): tf.Tensor4D {
  const [b, h, w, c] = sizesOf('resize', x, '[b, h, w, c]');
  const [height = 0, width = 0] = [rows.shape.at(-2), columns.shape.at(-2)];
  const whole = x.dtype === 'int32';
  return tf.tidy(() => {
    const lines = columns.rank === 2 ? [b * c * h, w] : [b, c * h, w];
    const wide = products(tf.reshape(tf.transpose(asFloat(x), [0, 3, 1, 2]), lines), columns, whole);
    // [c * W, h] for each image
    const across = tf.transpose(tf.reshape(wide, [b, c, h, width]), [0, 1, 3, 2]);
    const upright = rows.rank === 2 ? [b * c * width, h] : [b, c * width, h];
    const result = tf.reshape(products(tf.reshape(across, upright), rows, whole), [b, c, width, height]);
    const image = tf.transpose(result, [0, 3, 2, 1]);
    return whole ? tf.cast(image, 'int32') : image;
  });
}

/** The shorter and the longer edge of the result. */
function edges(short: number, long: number, size: number | undefined, maxSize: number | undefined): Size {
  if (size === undefined) {
    if (maxSize === undefined) throw new RangeError('Cannot resize: expected size or maxSize, got none');
    return [Math.trunc((maxSize * short) / long), maxSize];
  }
  const newLong = Math.trunc((size * long) / short);
  if (maxSize === undefined) return [size, newLong];
  if (maxSize <= size) {
    throw new RangeError(`Cannot resize: expected maxSize above size, got ${maxSize} and ${size}`);
  }
  return newLong > maxSize ? [Math.trunc((maxSize * size) / newLong), maxSize] : [size, newLong];
}

/**
 * Height and width of the result: two numbers as they are; one is the shorter edge, the other keeps the proportions.
 * @throws RangeError where `maxSize` does not go with `size`
 */
function resizedSize([h, w]: Size, size: number | Size | undefined, maxSize: number | undefined): Size {
  if (typeof size === 'object') {
    if (maxSize === undefined) return size;
    throw new RangeError('Cannot resize: expected maxSize beside one number as size, got two');
  }
  const [short, long] = h <= w ? [h, w] : [w, h];
  const [newShort, newLong] = edges(short, long, size, maxSize);
  return h <= w ? [newShort, newLong] : [newLong, newShort];
}

/**
 * Images `[b, h, w, c]` in another size, as `torchvision.transforms.v2.functional.resize` on tensors.
 * @param size height and width, or the shorter edge
 * @throws RangeError for sizes below 1, or where `maxSize` does not go with `size`
 */
export function resize(
  x: tf.Tensor4D,
  size: number | Size | undefined,
  options: ResizeOptions = {},
): tf.Tensor4D {
  const { interpolation = 'bilinear', antialias = true, maxSize } = options;
  const [, h, w] = sizesOf('resize', x, '[b, h, w, c]');
  const [height, width] = resizedSize([h, w], size, maxSize);
  if (!(height >= 1 && width >= 1)) {
    throw new RangeError(`Cannot resize: expected a size of at least 1, got [${height}, ${width}]`);
  }
  if (height === h && width === w) return tf.clone(x);
  return tf.tidy(() => {
    const matrix = (from: number, to: number) =>
      tf.tensor2d(Float32Array.from(inUnits(weights(from, to, interpolation, antialias), x)), [to, from]);
    return weighted(x, matrix(h, height), matrix(w, width));
  });
}

/** Gives images another size: height and width, or the shorter edge, which keeps the proportions. */
export class Resize implements Transform {
  constructor(
    private readonly size: number | Size | undefined,
    private readonly options: ResizeOptions = {},
  ) {}

  /** @throws what `resize` throws */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    return resize(x, this.size, this.options);
  }
}

/**
 * Weights `[b, to, from]` of windows that begin and end at places of each image's own: the means of `antialias`, between
 * the pixels inside the window; as `weighted` takes them for images like `x`.
 */
export function windowWeights(
  x: tf.Tensor,
  from: number,
  to: number,
  begin: tf.Tensor1D,
  length: tf.Tensor1D,
): tf.Tensor3D {
  return tf.tidy(() => {
    const own = (values: tf.Tensor1D) => tf.reshape(values, [-1, 1, 1]);
    const scale = own(tf.div(length, to));
    const places = tf.add(tf.mul(tf.reshape(tf.add(tf.range(0, to), 0.5), [1, to, 1]), scale), own(begin));
    const pixels = tf.reshape(tf.add(tf.range(0, from), 0.5), [1, 1, from]);
    const kernel = tf.relu(tf.sub(1, tf.abs(tf.div(tf.sub(pixels, places), tf.maximum(scale, 1)))));
    const inside = tf.logicalAnd(tf.greater(pixels, own(begin)), tf.less(pixels, own(tf.add(begin, length))));
    const masked = tf.mul(kernel, tf.cast(inside, 'float32'));
    const means: tf.Tensor3D = tf.div(masked, tf.sum(masked, 2, true));
    return x.dtype === 'int32' ? tf.floor(tf.add(tf.mul(means, WHOLE), 0.5)) : means;
  });
}
