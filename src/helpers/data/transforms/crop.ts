/** Random windows: every image of a batch is cut at a place of its own. */
import type { Interpolation, SampleOptions } from '../../../engine/ops/image';
import { uniform } from '../../../engine/random';
import * as tf from '../../../engine/tf';
import { applyGeometric, type Geometric, type Range, type Size, wholeBelow } from './geometric';
import { affineMatrix } from './matrix';

/** Cuts out a random window, after padding every side by `padding` pixels of `fill`. */
export class RandomCrop implements Geometric {
  readonly lossless = false;
  readonly sampling: SampleOptions;
  private readonly size: Size;
  private readonly padding: number;

  constructor(size: number | Size, { padding = 0, fill = 0 } = {}) {
    this.size = typeof size === 'number' ? [size, size] : size;
    this.padding = padding;
    this.sampling = { fill };
  }

  /** @throws RangeError if the padded images are smaller than the crop */
  matrix(batch: number, [height, width]: Size): tf.Tensor3D {
    const rooms = [height - this.size[0], width - this.size[1]].map((room) => room + 2 * this.padding);
    const [down = 0, right = 0] = rooms;
    if (down < 0 || right < 0) {
      throw new RangeError(
        `Cannot crop: expected images of at least [${this.size.join(', ')}] with their padding, ` +
          `got [${height}, ${width}] and ${this.padding}`,
      );
    }
    return tf.tidy(() => {
      const [y, x] = [wholeBelow(batch, down + 1), wholeBelow(batch, right + 1)];
      return affineMatrix(batch, [1, 0, tf.sub(x, this.padding), 0, 1, tf.sub(y, this.padding)]);
    });
  }

  outputSize = (): Size => this.size;
  forward = (x: tf.Tensor4D): tf.Tensor4D => applyGeometric(this, x);
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
}

/**
 * Cuts out a window of random area and proportions and resizes it. Deviates from torchvision where the window
 * shrinks: it averages there (antialias), this reads the nearest four pixels.
 */
export class RandomResizedCrop implements Geometric {
  readonly lossless = false;
  readonly sampling: SampleOptions;
  private readonly size: Size;
  private readonly scale: Range;
  private readonly ratio: Range;

  constructor(size: number | Size, options: RandomResizedCropOptions = {}) {
    this.size = typeof size === 'number' ? [size, size] : size;
    this.scale = options.scale ?? [0.08, 1];
    this.ratio = options.ratio ?? [3 / 4, 4 / 3];
    this.sampling = { interpolation: options.interpolation ?? 'bilinear', edge: 'nearest' };
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
  forward = (x: tf.Tensor4D): tf.Tensor4D => applyGeometric(this, x);
}
