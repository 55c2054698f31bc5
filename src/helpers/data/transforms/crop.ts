/** Random windows: every image of a batch is cut at a place of its own. */
import type { Interpolation, SampleOptions } from '../../../engine/ops/image';
import { sizesOf } from '../../../engine/ops/sizes';
import { uniform } from '../../../engine/random';
import * as tf from '../../../engine/tf';
import { pad, type Padding, type PadOptions, sidesOf } from './borders';
import { applyGeometric, type Geometric, type Range, type Size, wholeBelow } from './geometric';
import { affineMatrix, sample } from './matrix';
import { weighted, windowWeights } from './resize';

/** What is added to images before a window is cut out of them. */
export interface RandomCropOptions extends PadOptions {
  readonly padding?: Padding;
  /** Adds to images that are smaller than the window, on both sides. */
  readonly padIfNeeded?: boolean;
}

/** Cuts out a random window, after padding. */
export class RandomCrop implements Geometric {
  readonly lossless = false;
  readonly sampling: SampleOptions;
  /** Edges that are not of one colour are added before the image is sampled. */
  readonly apart: boolean;
  private readonly size: Size;
  private readonly options: RandomCropOptions;

  constructor(size: number | Size, options: RandomCropOptions = {}) {
    this.size = typeof size === 'number' ? [size, size] : size;
    this.options = options;
    this.apart = (options.paddingMode ?? 'constant') !== 'constant';
    this.sampling = { fill: options.fill ?? 0 };
    sidesOf(options.padding ?? 0);
  }

  /** Left, top, right, bottom: what was asked for, and what lacks. */
  private sides([height, width]: Size): [number, number, number, number] {
    const [left, top, right, bottom] = sidesOf(this.options.padding ?? 0);
    const lack = ([wanted, size]: readonly [number, number]) =>
      this.options.padIfNeeded === true ? Math.max(0, wanted - size) : 0;
    const down = lack([this.size[0], height + top + bottom]);
    const across = lack([this.size[1], width + left + right]);
    return [left + across, top + down, right + across, bottom + down];
  }

  /** @throws RangeError if the padded images are smaller than the crop */
  matrix(batch: number, [height, width]: Size): tf.Tensor3D {
    const [left, top, right, bottom] = this.sides([height, width]);
    return this.windows(batch, [height, width], [left, top, right, bottom]);
  }

  private windows(
    batch: number,
    [height, width]: Size,
    [left, top, right, bottom]: readonly [number, number, number, number],
  ): tf.Tensor3D {
    const [down, across] = [height + top + bottom - this.size[0], width + left + right - this.size[1]];
    if (down < 0 || across < 0) {
      throw new RangeError(
        `Cannot crop: expected images of at least [${this.size.join(', ')}] with their padding, ` +
          `got [${height}, ${width}] and ${[left, top, right, bottom].join(', ')}`,
      );
    }
    return tf.tidy(() => {
      const [y, x] = [wholeBelow(batch, down + 1), wholeBelow(batch, across + 1)];
      return affineMatrix(batch, [1, 0, tf.sub(x, left), 0, 1, tf.sub(y, top)]);
    });
  }

  outputSize = (): Size => this.size;

  forward(x: tf.Tensor4D): tf.Tensor4D {
    if (!this.apart) return applyGeometric(this, x);
    const [batch, height, width] = sizesOf('RandomCrop', x, '[b, h, w, c]');
    return tf.tidy(() => {
      const sides = this.sides([height, width]);
      const edged = pad(x, sides, this.options);
      const [, h, w] = sizesOf('RandomCrop', edged, '[b, h, w, c]');
      return sample(edged, this.windows(batch, [h, w], [0, 0, 0, 0]), this.sampling, this.size);
    });
  }
}

/** Tries of a random box before the fallback is taken, as in torchvision. */
export const TRIES = 10;

/** Of `[b, tries]` candidates the first valid one, or `fallback` where none is valid. */
export function firstValid(candidates: tf.Tensor2D, valid: tf.Tensor2D, fallback: number): tf.Tensor1D {
  return tf.tidy(() => {
    const mask = tf.cast(valid, 'float32');
    const earlier = tf.cumsum(mask, 1, true); // valid ones before this one
    const first = tf.mul(mask, tf.cast(tf.equal(earlier, 0), 'float32'));
    const none = tf.sub(1, tf.max(mask, 1));
    return tf.add(tf.sum(tf.mul(candidates, first), 1), tf.mul(none, fallback));
  });
}

/** How large the window is, how wide for its height, and how it is enlarged. */
export interface RandomResizedCropOptions {
  /** Area of the window as a share of the image. */
  readonly scale?: Range;
  /** Width of the window divided by its height, drawn evenly on a logarithmic scale. */
  readonly ratio?: Range;
  readonly interpolation?: Interpolation;
  /** Where the window shrinks, a mean over all pixels that fall together; without it windows are joined with flips. */
  readonly antialias?: boolean;
}

/** Cuts out a window of random area and proportions and resizes it. */
export class RandomResizedCrop implements Geometric {
  readonly lossless = false;
  readonly sampling: SampleOptions;
  /** Means are no sampling, so that nothing can be joined with them. */
  readonly apart: boolean;
  private readonly size: Size;
  private readonly scale: Range;
  private readonly ratio: Range;

  constructor(size: number | Size, options: RandomResizedCropOptions = {}) {
    this.size = typeof size === 'number' ? [size, size] : size;
    this.scale = options.scale ?? [0.08, 1];
    this.ratio = options.ratio ?? [3 / 4, 4 / 3];
    const interpolation = options.interpolation ?? 'bilinear';
    this.apart = interpolation === 'bilinear' && (options.antialias ?? true);
    this.sampling = { interpolation, edge: 'nearest' };
  }

  matrix(batch: number, [height, width]: Size): tf.Tensor3D {
    return tf.tidy(() => {
      const shape: [number, number] = [batch, TRIES];
      const area = tf.mul(uniform(shape, ...this.scale), height * width);
      const ratio = tf.exp(uniform(shape, Math.log(this.ratio[0]), Math.log(this.ratio[1])));
      const w = tf.round(tf.sqrt(tf.mul(area, ratio)));
      const h = tf.round(tf.sqrt(tf.div(area, ratio)));
      const fits = tf.logicalAnd(tf.lessEqual(w, width), tf.lessEqual(h, height));
      const [fallbackHeight, fallbackWidth] = this.fallback(height, width);
      const [cropHeight, cropWidth] = [
        firstValid(h, fits, fallbackHeight),
        firstValid(w, fits, fallbackWidth),
      ];
      const top = wholeBelow(batch, tf.add(tf.sub(height, cropHeight), 1));
      const left = wholeBelow(batch, tf.add(tf.sub(width, cropWidth), 1));
      const [sy, sx] = [tf.div(cropHeight, this.size[0]), tf.div(cropWidth, this.size[1])];
      // Centres of pixels lie at half numbers: x' + ½ = (x + ½) s + left.
      const shift = (s: tf.Tensor1D, start: tf.Tensor1D): tf.Tensor1D =>
        tf.add(start, tf.mul(tf.sub(s, 1), 0.5));
      return affineMatrix(batch, [sx, 0, shift(sx, left), 0, sy, shift(sy, top)]);
    });
  }

  /** The largest window whose proportions are allowed. */
  private fallback(height: number, width: number): Size {
    const ratio = width / height;
    if (ratio < this.ratio[0]) return [Math.round(width / this.ratio[0]), width];
    if (ratio > this.ratio[1]) return [height, Math.round(height * this.ratio[1])];
    return [height, width];
  }

  outputSize = (): Size => this.size;

  forward(x: tf.Tensor4D): tf.Tensor4D {
    if (!this.apart) return applyGeometric(this, x);
    const [batch, height, width] = sizesOf('RandomResizedCrop', x, '[b, h, w, c]');
    return tf.tidy(() => {
      const numbers = tf.reshape(this.matrix(batch, [height, width]), [batch, 9]);
      const column = (i: number): tf.Tensor1D => tf.reshape(tf.slice(numbers, [0, i], [-1, 1]), [batch]);
      const along = (from: number, to: number, scale: tf.Tensor1D, shift: tf.Tensor1D): tf.Tensor3D => {
        const begin = tf.round(tf.sub(shift, tf.mul(tf.sub(scale, 1), 0.5)));
        return windowWeights(x, from, to, begin, tf.round(tf.mul(scale, to)));
      };
      const rows = along(height, this.size[0], column(4), column(5));
      const columns = along(width, this.size[1], column(0), column(2));
      return weighted(x, rows, columns);
    });
  }
}
