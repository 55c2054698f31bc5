/** Edges: added, or cut off at places that are not drawn. */
import { sizesOf } from '../../../engine/ops/sizes';
import * as tf from '../../../engine/tf';
import type { Transform } from '../dataset';
import type { Geometric, Size } from './geometric';
import { affineMatrix } from './matrix';

/** Pixels on all sides; left and right, then top and bottom; or left, top, right, bottom. */
export type Padding =
  number | readonly [number] | readonly [number, number] | readonly [number, number, number, number];

/** What stands in the edges: `fill`, the last pixel, or the image mirrored about it, without the last pixel or with it. */
export type PaddingMode = 'constant' | 'edge' | 'reflect' | 'symmetric';

/** What added edges consist of. */
export interface PadOptions {
  /** One number, or one for each channel. */
  readonly fill?: number | readonly number[];
  readonly paddingMode?: PaddingMode;
}

/**
 * Left, top, right and bottom of a padding, as torchvision reads it.
 * @throws RangeError for another count of numbers
 */
export function sidesOf(padding: Padding): [number, number, number, number] {
  if (typeof padding === 'number') return [padding, padding, padding, padding];
  const [left = NaN, top = left, right = left, bottom = top] = padding as readonly number[];
  const count = padding.length as number;
  if ([1, 2, 4].includes(count) && [left, top, right, bottom].every(Number.isInteger))
    return [left, top, right, bottom];
  throw new RangeError(`Cannot pad: expected one, two or four whole numbers, got ${padding.join(', ')}`);
}

/**
 * Adds edges to images `[b, h, w, c]`; below 0 they are cut off, where they are filled with a number.
 * @throws RangeError for other paddings and modes, or edges too wide to be mirrored
 */
export function pad(x: tf.Tensor4D, padding: Padding, options: PadOptions = {}): tf.Tensor4D {
  const { fill = 0, paddingMode = 'constant' } = options;
  const [b, h, w, c] = sizesOf('pad', x, '[b, h, w, c]');
  const [left, top, right, bottom] = sidesOf(padding);
  if (paddingMode !== 'constant') {
    if (typeof fill !== 'number') {
      throw new RangeError(
        `Cannot pad: expected one number as fill for "${paddingMode}", got ${fill.length}`,
      );
    }
    return tf.tidy(() => {
      const rows = tf.gather(x, tf.tensor1d(mirrored(h, top, bottom, paddingMode), 'int32'), 1);
      return tf.gather(rows, tf.tensor1d(mirrored(w, left, right, paddingMode), 'int32'), 2);
    });
  }
  return tf.tidy(() => {
    const cut = [top, bottom, left, right].map((side) => Math.max(0, -side));
    const [t = 0, u = 0, l = 0, r = 0] = cut;
    const inner = tf.slice(x, [0, t, l, 0], [b, h - t - u, w - l - r, c]);
    const grown = [top, bottom, left, right].map((side) => Math.max(0, side));
    const [T = 0, U = 0, L = 0, R = 0] = grown;
    const around = (image: tf.Tensor4D, value: number) =>
      tf.pad(image, [[0, 0], [T, U], [L, R], [0, 0]], value); // prettier-ignore
    if (typeof fill === 'number') return around(inner, fill);
    const values = tf.cast(tf.tensor1d([...fill]), x.dtype);
    return tf.add(around(tf.sub(inner, values), 0), values);
  });
}

/** Which pixels stand along an axis with its edges. */
function mirrored(size: number, before: number, after: number, mode: PaddingMode): number[] {
  const most = mode === 'reflect' ? size - 1 : mode === 'symmetric' ? size : Infinity;
  if (Math.max(before, after) > most || Math.min(before, after) < 0) {
    throw new RangeError(
      `Cannot pad: expected edges of 0 … ${most} for "${mode}", got ${before} and ${after}`,
    );
  }
  const last = size - 1;
  return Array.from({ length: before + size + after }, (_, i) => {
    const at = i - before;
    if (mode === 'edge') return Math.min(Math.max(at, 0), last);
    const shift = mode === 'symmetric' ? 1 : 0;
    return at < 0 ? -at - shift : at > last ? 2 * last - at + shift : at;
  });
}

/** Adds edges to images. */
export class Pad implements Transform {
  constructor(
    private readonly padding: Padding,
    private readonly options: PadOptions = {},
  ) {
    sidesOf(padding);
  }

  /** @throws what `pad` throws */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    return pad(x, this.padding, this.options);
  }
}

/** Python's `round`: halves go to the even number. */
const roundHalfEven = (value: number): number =>
  Math.abs(value % 1) === 0.5 ? 2 * Math.round(value / 2) : Math.round(value);

const pair = (size: number | Size): Size => (typeof size === 'number' ? [size, size] : size);

/** Where a window in the middle of an image begins; the image is padded by half of what lacks, the lesser half first. */
function middle(size: number, image: number): number {
  if (size > image) return -Math.floor((size - image) / 2);
  return roundHalfEven((image - size) / 2);
}

/** Cuts out the middle; images smaller than that get black edges. */
export class CenterCrop implements Geometric {
  readonly lossless = false;
  readonly sampling = {};
  private readonly size: Size;

  constructor(size: number | Size) {
    this.size = pair(size);
  }

  matrix(batch: number, [height, width]: Size): tf.Tensor3D {
    return affineMatrix(batch, [1, 0, middle(this.size[1], width), 0, 1, middle(this.size[0], height)]);
  }

  outputSize = (): Size => this.size;

  /** The same without a matrix: nothing is sampled. */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [, h, w] = sizesOf('CenterCrop', x, '[b, h, w, c]');
    const [top, left] = [middle(this.size[0], h), middle(this.size[1], w)];
    return pad(x, [-left, -top, this.size[1] + left - w, this.size[0] + top - h]);
  }
}

const window = (x: tf.Tensor4D, [top, left]: Size, [height, width]: Size): tf.Tensor4D =>
  tf.slice(x, [0, top, left, 0], [-1, height, width, -1]);

/** The four corners and the middle of images, as five batches. */
export class FiveCrop {
  private readonly size: Size;

  constructor(size: number | Size) {
    this.size = pair(size);
  }

  /** @throws RangeError if the images are smaller than the window */
  forward(x: tf.Tensor4D): tf.Tensor4D[] {
    const [, h, w] = sizesOf('FiveCrop', x, '[b, h, w, c]');
    const [height, width] = this.size;
    if (height > h || width > w) {
      throw new RangeError(
        `Cannot crop: expected images of at least [${height}, ${width}], got [${h}, ${w}]`,
      );
    }
    const [down, right] = [h - height, w - width];
    const places: Size[] = [[0, 0], [0, right], [down, 0], [down, right], [middle(height, h), middle(width, w)]]; // prettier-ignore
    return places.map((place) => window(x, place, this.size));
  }
}

/** The five windows of `FiveCrop` and those of the mirrored images, as ten batches. */
export class TenCrop {
  private readonly five: FiveCrop;
  private readonly verticalFlip: boolean;

  constructor(size: number | Size, { verticalFlip = false } = {}) {
    this.five = new FiveCrop(size);
    this.verticalFlip = verticalFlip;
  }

  /** @throws RangeError if the images are smaller than the window */
  forward(x: tf.Tensor4D): tf.Tensor4D[] {
    return tf.tidy(() => {
      const flipped = tf.reverse(x, this.verticalFlip ? 1 : 2);
      return [...this.five.forward(x), ...this.five.forward(flipped)];
    });
  }
}
