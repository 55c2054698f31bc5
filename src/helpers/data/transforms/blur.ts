/** Softer, sharper, noisier. */
import { sizesOf } from '../../../engine/ops/sizes';
import { normal, uniform } from '../../../engine/random';
import * as tf from '../../../engine/tf';
import type { Transform } from '../dataset';
import { pad } from './borders';
import type { Range } from './geometric';
import type { PerImage } from './matrix';
import { asFloat, boundOf, perImage, rounded, truncated } from './pixels';

/** Width and height of a window of weights. */
export type KernelSize = number | readonly [width: number, height: number];

function checked(what: string, kernelSize: KernelSize): readonly [number, number] {
  const sizes = typeof kernelSize === 'number' ? ([kernelSize, kernelSize] as const) : kernelSize;
  if (sizes.length === 2 && sizes.every((size) => Number.isInteger(size) && size > 0 && size % 2 === 1))
    return sizes;
  throw new RangeError(`Cannot ${what}: expected a kernelSize of odd numbers > 0, got ${sizes.join(', ')}`);
}

/** Weights of a Gaussian bell, one row for each image: `[b, size]`. */
function bell(size: number, sigma: tf.Tensor1D): tf.Tensor2D {
  const most = (size - 1) / (2 * Math.SQRT2);
  const places = size === 1 ? tf.tensor1d([-most]) : tf.linspace(-most, most, size);
  const ratio = tf.div(tf.reshape(places, [1, size]), tf.reshape(sigma, [-1, 1]));
  return tf.softmax(tf.neg(tf.square(ratio)), 1);
}

/** Each channel convolved with weights of its own. */
const depthwise = (x: tf.Tensor4D, filter: tf.Tensor): tf.Tensor4D =>
  tf.depthwiseConv2d(x, filter, 1, 'valid');

/** Each image convolved with its own weights along one axis; images stand side by side as channels. */
function along(x: tf.Tensor4D, weights: tf.Tensor2D, axis: 1 | 2): tf.Tensor4D {
  const [b, h, w, c] = sizesOf('gaussianBlur', x, '[b, h, w, c]');
  const [size = 0] = weights.shape.slice(1);
  const side = tf.reshape(tf.transpose(x, [1, 2, 0, 3]), [1, h, w, b * c]);
  const own = tf.reshape(tf.tile(tf.reshape(tf.transpose(weights), [size, b, 1]), [1, 1, c]), [size, b * c]);
  const filter = tf.reshape(own, axis === 1 ? [size, 1, b * c, 1] : [1, size, b * c, 1]);
  const result = depthwise(side, filter);
  const [, height = 0, width = 0] = result.shape;
  return tf.transpose(tf.reshape(result, [height, width, b, c]), [2, 0, 1, 3]);
}

/**
 * Weighted means of neighbours by a Gaussian bell; edges are mirrored.
 * @param sigma width of the bell in pixels: one number, two for width and height, or one for each image
 * @throws RangeError for even kernels, a sigma of 0, or a kernel wider than twice the image
 */
export function gaussianBlur(
  x: tf.Tensor4D,
  kernelSize: KernelSize,
  sigma?: PerImage | readonly [number, number],
): tf.Tensor4D {
  const [batch] = sizesOf('gaussianBlur', x, '[b, h, w, c]');
  const [width, height] = checked('blur', kernelSize);
  const [sx, sy] = Array.isArray(sigma)
    ? (sigma as [number, number])
    : [sigma ?? width * 0.15 + 0.35, sigma ?? height * 0.15 + 0.35];
  if ([sx, sy].some((value) => typeof value === 'number' && !(value > 0))) {
    throw new RangeError(`Cannot blur: expected sigma > 0, got ${String(sx)}, ${String(sy)}`);
  }
  return tf.tidy(() => {
    const each = (value: PerImage) =>
      typeof value === 'number' ? tf.fill<tf.Rank.R1>([batch], value) : value;
    const [across, down] = [(width - 1) / 2, (height - 1) / 2];
    const edged = pad(asFloat(x), [across, down, across, down], { paddingMode: 'reflect' });
    const rows = along(edged, bell(height, each(sy as PerImage)), 1);
    return rounded(along(rows, bell(width, each(sx as PerImage)), 2), x);
  });
}

/** Softens each image by a bell whose width is drawn from `sigma`. */
export class GaussianBlur implements Transform {
  private readonly sigma: Range;

  /** @throws RangeError for even kernels, or a sigma of 0 */
  constructor(
    private readonly kernelSize: KernelSize,
    { sigma = [0.1, 2] }: { readonly sigma?: number | Range } = {},
  ) {
    checked('build GaussianBlur', kernelSize);
    this.sigma = typeof sigma === 'number' ? [sigma, sigma] : sigma;
    if (!(this.sigma[0] > 0 && this.sigma[0] <= this.sigma[1])) {
      throw new RangeError(
        `Cannot build GaussianBlur: expected 0 < sigma, low ≤ high, got ${this.sigma.join(', ')}`,
      );
    }
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [batch] = sizesOf('GaussianBlur', x, '[b, h, w, c]');
    return tf.tidy(() => gaussianBlur(x, this.kernelSize, uniform([batch], ...this.sigma)));
  }
}

/** Adds normally distributed noise to every value. */
export class GaussianNoise implements Transform {
  private readonly options: { readonly mean: number; readonly sigma: number; readonly clip: boolean };

  /** @throws RangeError for a sigma below 0 */
  constructor({ mean = 0, sigma = 0.1, clip = true } = {}) {
    if (!(sigma >= 0)) throw new RangeError(`Cannot build GaussianNoise: expected sigma ≥ 0, got ${sigma}`);
    this.options = { mean, sigma, clip };
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const { mean, sigma, clip } = this.options;
    const bound = boundOf(x);
    return tf.tidy(() => {
      const noise = truncated(
        normal(sizesOf('GaussianNoise', x, '[b, h, w, c]'), mean * bound, sigma * bound),
        x,
      );
      const noisy = tf.add(x, noise);
      return clip ? tf.clipByValue(noisy, 0, bound) : noisy;
    });
  }
}

/** Each pixel among its eight neighbours: one thirteenth of each, five of itself; the outermost stay as they are. */
export function softened(x: tf.Tensor4D): tf.Tensor4D {
  const [, h, w, c] = sizesOf('adjustSharpness', x, '[b, h, w, c]');
  return tf.tidy(() => {
    const kernel = Array.from({ length: 9 }, (_, i) => (i === 4 ? 5 : 1) / 13).flatMap((k) =>
      new Array<number>(c).fill(k),
    );
    const float = asFloat(x);
    const inner = depthwise(float, tf.tensor4d(kernel, [3, 3, c, 1]));
    const soft = x.dtype === 'int32' ? tf.round(inner) : inner;
    const inside = tf.pad(tf.ones([1, h - 2, w - 2, 1]), [[0, 0], [1, 1], [1, 1], [0, 0]]); // prettier-ignore
    const edged = tf.pad(soft, [[0, 0], [1, 1], [1, 1], [0, 0]]); // prettier-ignore
    return tf.add(edged, tf.mul(float, tf.sub(1, inside)));
  });
}

/**
 * Moves away from the softened image: 0 is that, 1 the image itself, above 1 it becomes sharper.
 * @throws RangeError for a factor below 0
 */
export function adjustSharpness(x: tf.Tensor4D, factor: PerImage): tf.Tensor4D {
  const [, h, w] = sizesOf('adjustSharpness', x, '[b, h, w, c]');
  if (typeof factor === 'number' && !(factor >= 0)) {
    throw new RangeError(`Cannot adjust sharpness: expected a factor ≥ 0, got ${factor}`);
  }
  if (h <= 2 || w <= 2) return tf.clone(x);
  return tf.tidy(() => {
    const float = asFloat(x);
    const rest = typeof factor === 'number' ? tf.scalar(1 - factor) : tf.sub(1, perImage(factor));
    const changed = tf.add(float, tf.mul(tf.sub(softened(x), float), rest));
    return truncated(tf.clipByValue(changed, 0, boundOf(x)), x);
  });
}
