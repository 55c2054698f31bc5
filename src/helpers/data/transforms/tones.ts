/** Changes of tone that draw nothing but whether they happen: as torchvision's, for both kinds of pixels. */
import { isNative } from '../../../engine/backend/rawops';
import { sizesOf } from '../../../engine/ops/sizes';
import * as tf from '../../../engine/tf';
import type { Transform } from '../dataset';
import { adjustSharpness } from './blur';
import { rgbToGrayscale } from './color';
import { checkProbability } from './geometric';
import type { PerImage } from './matrix';
import { asFloat, boundOf, hits, perImage, select, truncated } from './pixels';

const spread = (value: PerImage): tf.Tensor =>
  typeof value === 'number' ? tf.scalar(value) : perImage(value);

/** Dark for light. */
export const invert = (x: tf.Tensor4D): tf.Tensor4D => tf.tidy(() => truncated(tf.sub(boundOf(x), x), x));

/**
 * Keeps the highest bits of each value: 8 are all of them.
 * @throws RangeError for numbers of bits beyond 0 … 8
 */
export function posterize(x: tf.Tensor4D, bits: PerImage): tf.Tensor4D {
  if (typeof bits === 'number' && !(Number.isInteger(bits) && bits >= 0 && bits <= 8)) {
    throw new RangeError(`Cannot posterize: expected 0 … 8 bits, got ${bits}`);
  }
  return tf.tidy(() => {
    const levels = tf.round(tf.pow(2, spread(bits)));
    if (x.dtype === 'int32') {
      const step = tf.div(256, levels);
      return tf.cast(tf.mul(tf.floor(tf.div(asFloat(x), step)), step), 'int32');
    }
    return tf.div(tf.minimum(tf.relu(tf.floor(tf.mul(x, levels))), tf.sub(levels, 1)), levels);
  });
}

/**
 * Inverts what is as light as `threshold` or lighter.
 * @throws RangeError for a threshold above the largest value
 */
export function solarize(x: tf.Tensor4D, threshold: PerImage): tf.Tensor4D {
  if (typeof threshold === 'number' && threshold > boundOf(x)) {
    throw new RangeError(`Cannot solarize: expected a threshold of at most ${boundOf(x)}, got ${threshold}`);
  }
  return tf.tidy(() => tf.where(tf.greaterEqual(asFloat(x), spread(threshold)), invert(x), x));
}

/** Stretches each channel of each image from its least to its largest value over all values. */
export function autocontrast(x: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const float = asFloat(x);
    const bound = boundOf(x);
    const [low, high] = [tf.min(float, [1, 2], true), tf.max(float, [1, 2], true)];
    const even = tf.equal(low, high);
    const shift = tf.where(even, tf.zerosLike(low), low);
    const scale = tf.where(even, tf.onesLike(low), tf.mul(tf.sub(high, low), 1 / bound));
    return truncated(tf.clipByValue(tf.div(tf.sub(float, shift), scale), 0, bound), x);
  });
}

const LEVELS = 256;

/** How often each level occurs in each plane: `[planes, 256]`. */
function countsOf(places: tf.Tensor1D, planes: number): tf.Tensor2D {
  const size = planes * LEVELS;
  if (isNative())
    return tf.reshape(tf.unsortedSegmentSum(tf.onesLike(places), places, size), [planes, LEVELS]);
  // TensorFlow.js would go through all places once for each level.
  const counts = new Int32Array(size);
  for (const place of places.dataSync()) counts[place] = (counts[place] ?? 0) + 1;
  return tf.tensor2d(counts, [planes, LEVELS], 'int32');
}

/** Changes values so that all of them occur about equally often, each channel of each image by itself. */
export function equalize(x: tf.Tensor4D): tf.Tensor4D {
  const [b, h, w, c] = sizesOf('equalize', x, '[b, h, w, c]');
  return tf.tidy(() => {
    const whole = x.dtype === 'int32' ? x : tf.cast(tf.mul(x, 255.999), 'int32');
    const planes = tf.reshape(tf.transpose(whole, [0, 3, 1, 2]), [b * c, h * w]);
    const first = Int32Array.from({ length: b * c }, (_, i) => i * LEVELS); // of each plane's counts
    const place = tf.add(planes, tf.tensor2d(first, [b * c, 1], 'int32'));
    const flat = tf.reshape(place, [b * c * h * w]);
    const counts = countsOf(flat, b * c);
    const sums = tf.cumsum(asFloat(counts), 1);
    const largest = tf.argMax(tf.cast(tf.equal(sums, h * w), 'int32'), 1); // the first that has all pixels below it
    const last = tf.sum(tf.mul(tf.cast(tf.oneHot(largest, LEVELS), 'float32'), asFloat(counts)), 1, true);
    const step = tf.floor(tf.div(tf.sub(h * w, last), 255));
    const safe = tf.maximum(step, 1);
    const raised = tf.floor(tf.div(tf.add(sums, tf.floor(tf.div(step, 2))), safe));
    const table = tf.pad(tf.clipByValue(tf.slice(raised, [0, 0], [-1, LEVELS - 1]), 0, 255), [[0, 0], [1, 0]]); // prettier-ignore
    const found = tf.reshape(tf.gather(tf.reshape(table, [b * c * LEVELS]), flat), [b * c, h * w]);
    const changed = tf.where(tf.greater(step, 0), found, asFloat(planes));
    const result = tf.transpose(tf.reshape(changed, [b, c, h, w]), [0, 2, 3, 1]);
    return x.dtype === 'int32' ? tf.cast(result, 'int32') : tf.mul(result, 1 / 255);
  });
}

/**
 * Raises values to the power `gamma`, times `gain`.
 * @throws RangeError for a gamma below 0
 */
export function adjustGamma(x: tf.Tensor4D, gamma: number, gain = 1): tf.Tensor4D {
  if (!(gamma >= 0)) throw new RangeError(`Cannot adjust gamma: expected gamma ≥ 0, got ${gamma}`);
  return tf.tidy(() => {
    const unit = x.dtype === 'int32' ? tf.mul(asFloat(x), 1 / 255) : x;
    const raised = tf.pow(unit, gamma);
    const changed = gain === 1 ? raised : tf.clipByValue(tf.mul(raised, gain), 0, 1);
    return x.dtype === 'int32' ? tf.cast(tf.mul(changed, 255.999), 'int32') : changed;
  });
}

/** A change that happens to each image with probability `p`. */
abstract class Sometimes implements Transform {
  constructor(readonly p: number) {
    checkProbability(this.constructor.name, p);
  }

  protected abstract change(x: tf.Tensor4D): tf.Tensor4D;

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [batch] = sizesOf(this.constructor.name, x, '[b, h, w, c]');
    return tf.tidy(() => select(hits(batch, this.p), this.change(x), x));
  }
}

/** Makes images grey with probability `p`; they keep their channels. */
export class RandomGrayscale extends Sometimes {
  constructor(p = 0.1) {
    super(p);
  }

  protected change(x: tf.Tensor4D): tf.Tensor4D {
    return rgbToGrayscale(x, x.shape[3] === 1 ? 1 : 3);
  }
}

/** Inverts images with probability `p`. */
export class RandomInvert extends Sometimes {
  constructor(p = 0.5) {
    super(p);
  }

  protected change = invert;
}

/** Keeps the highest `bits` of each value with probability `p`. */
export class RandomPosterize extends Sometimes {
  /** @throws RangeError for numbers of bits beyond 0 … 8 */
  constructor(
    readonly bits: number,
    { p = 0.5 } = {},
  ) {
    super(p);
    if (!(Number.isInteger(bits) && bits >= 0 && bits <= 8)) {
      throw new RangeError(`Cannot build RandomPosterize: expected 0 … 8 bits, got ${bits}`);
    }
  }

  protected change(x: tf.Tensor4D): tf.Tensor4D {
    return posterize(x, this.bits);
  }
}

/** Inverts what is as light as `threshold` or lighter with probability `p`. */
export class RandomSolarize extends Sometimes {
  constructor(
    readonly threshold: number,
    { p = 0.5 } = {},
  ) {
    super(p);
  }

  protected change(x: tf.Tensor4D): tf.Tensor4D {
    return solarize(x, this.threshold);
  }
}

/** Sharpens (a factor above 1) or softens (below) with probability `p`. */
export class RandomAdjustSharpness extends Sometimes {
  constructor(
    readonly sharpnessFactor: number,
    { p = 0.5 } = {},
  ) {
    super(p);
  }

  protected change(x: tf.Tensor4D): tf.Tensor4D {
    return adjustSharpness(x, this.sharpnessFactor);
  }
}

/** Stretches each channel over all values with probability `p`. */
export class RandomAutocontrast extends Sometimes {
  constructor(p = 0.5) {
    super(p);
  }

  protected change = autocontrast;
}

/** Makes all values occur about equally often with probability `p`. */
export class RandomEqualize extends Sometimes {
  constructor(p = 0.5) {
    super(p);
  }

  protected change = equalize;
}
