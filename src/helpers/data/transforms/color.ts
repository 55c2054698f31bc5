/**
 * Changes of colour, of whole numbers 0 … 255 and of floats 0 … 1, whose values stay inside. A factor may be one number or
 * one for each image.
 */
import { hsvToRgb, rgbToHsv } from '../../../engine/ops/image';
import { uniform } from '../../../engine/random';
import * as tf from '../../../engine/tf';
import type { Transform } from '../dataset';
import type { Range } from './geometric';
import type { PerImage } from './matrix';
import { asFloat, boundOf, truncated } from './pixels';

/** Weights of red, green and blue in a grey value (ITU-R BT.601, as torchvision rounds them). */
const GREY = [0.2989, 0.587, 0.114];

/** A number for each image in a shape that spreads over its pixels. */
const spread = (factor: PerImage): tf.Tensor =>
  typeof factor === 'number' ? tf.scalar(factor) : tf.reshape(factor, [-1, 1, 1, 1]);

const isGrey = (x: tf.Tensor4D): boolean => x.shape[3] === 1;

/** Grey value of each pixel as floats, `[b, h, w, 1]`; of whole numbers without what lies behind the point. */
export function grey(x: tf.Tensor4D): tf.Tensor4D {
  if (isGrey(x)) return asFloat(x);
  const values = tf.conv2d(asFloat(x), tf.tensor4d(GREY, [1, 1, 3, 1]), 1, 'valid');
  return x.dtype === 'int32' ? tf.floor(values) : values;
}

/** Mean grey value of each image, `[b, 1, 1, 1]`: of floats the channels' means weighted, since a mean is linear. */
export function meanGrey(x: tf.Tensor4D): tf.Tensor4D {
  if (x.dtype === 'int32') return tf.mean(grey(x), [1, 2], true);
  const [, h = 0, w = 0, c = 0] = x.shape;
  // down the columns first: three numbers beside each other are too few for a processor's vectors
  const columns = tf.mean(tf.reshape(x, [-1, h, w * c]), 1);
  const means: tf.Tensor4D = tf.mean(tf.reshape(columns, [-1, 1, w, c]), 2, true);
  return isGrey(x) ? means : tf.sum(tf.mul(means, GREY), 3, true);
}

/** factor · x + (1 − factor) · other, cut to the values that pixels have. */
export function blend(x: tf.Tensor4D, other: tf.Tensor4D, factor: PerImage): tf.Tensor4D {
  // 1 − factor in double precision where it can be: of whole numbers the last bit decides.
  const rest = typeof factor === 'number' ? tf.scalar(1 - factor) : tf.sub(1, spread(factor));
  const sum = tf.add(tf.mul(asFloat(x), spread(factor)), tf.mul(other, rest));
  return truncated(tf.clipByValue(sum, 0, boundOf(x)), x);
}

/**
 * Grey images with one channel, or with three that are alike.
 * @throws RangeError for another number of channels
 */
export function rgbToGrayscale(x: tf.Tensor4D, numOutputChannels = 1): tf.Tensor4D {
  if (numOutputChannels !== 1 && numOutputChannels !== 3) {
    throw new RangeError(`Cannot make images grey: expected 1 or 3 channels, got ${numOutputChannels}`);
  }
  return tf.tidy(() => {
    const values = truncated(grey(x), x);
    return numOutputChannels === 1 ? values : tf.tile(values, [1, 1, 1, 3]);
  });
}

/** Makes images grey: one channel, or three that are alike. */
export class Grayscale implements Transform {
  /** @throws RangeError for another number of channels */
  constructor(private readonly numOutputChannels = 1) {
    if (numOutputChannels !== 1 && numOutputChannels !== 3) {
      throw new RangeError(`Cannot build Grayscale: expected 1 or 3 channels, got ${numOutputChannels}`);
    }
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return rgbToGrayscale(x, this.numOutputChannels);
  }
}

/** Multiplies by `factor`: 0 is black, 1 the image itself. */
export const adjustBrightness = (x: tf.Tensor4D, factor: PerImage): tf.Tensor4D =>
  tf.tidy(() => truncated(tf.clipByValue(tf.mul(asFloat(x), spread(factor)), 0, boundOf(x)), x));

/** Moves away from the image's mean grey value: 0 is an even grey, 1 the image itself. */
export const adjustContrast = (x: tf.Tensor4D, factor: PerImage): tf.Tensor4D =>
  tf.tidy(() => blend(x, meanGrey(x), factor));

/** Moves away from each pixel's own grey value: 0 is a black-and-white image, 1 the image itself. */
export const adjustSaturation = (x: tf.Tensor4D, factor: PerImage): tf.Tensor4D =>
  tf.tidy(() => (isGrey(x) ? tf.clone(x) : blend(x, grey(x), factor)));

/** Turns the colour wheel by `factor` of a whole turn, −0.5 … 0.5. */
export function adjustHue(x: tf.Tensor4D, factor: PerImage): tf.Tensor4D {
  return tf.tidy(() => {
    if (isGrey(x)) return tf.clone(x);
    const unit = x.dtype === 'int32' ? tf.mul(asFloat(x), 1 / 255) : x;
    const [hue, rest] = tf.split(rgbToHsv(unit), [1, 2], 3) as [tf.Tensor4D, tf.Tensor4D];
    const turned = tf.add(hue, spread(factor));
    const result = hsvToRgb(tf.concat([tf.sub(turned, tf.floor(turned)), rest], 3));
    return x.dtype === 'int32' ? tf.cast(tf.mul(result, 255.999), 'int32') : result;
  });
}

/** How far colours may stray; what is not given stays as it is. */
export interface ColorJitterOptions {
  /** A number v means a factor in max(0, 1 − v) … 1 + v. */
  readonly brightness?: number | Range;
  readonly contrast?: number | Range;
  readonly saturation?: number | Range;
  /** A number v ≤ 0.5 means a turn in −v … v. */
  readonly hue?: number | Range;
}

type Change = 'brightness' | 'contrast' | 'saturation' | 'hue';

/** The range of a change, undefined if it changes nothing. */
function rangeOf(change: Change, value: number | Range): Range | undefined {
  const centre = change === 'hue' ? 0 : 1;
  const [least, most] = change === 'hue' ? [-0.5, 0.5] : [0, Infinity];
  if (typeof value === 'number' && value < 0) {
    throw new RangeError(`Cannot build ColorJitter: expected ${change} ≥ 0, got ${value}`);
  }
  const range: Range =
    typeof value === 'number' ? [change === 'hue' ? -value : Math.max(0, 1 - value), centre + value] : value;
  if (!(range[0] >= least && range[1] <= most && range[0] <= range[1])) {
    throw new RangeError(
      `Cannot build ColorJitter: expected ${change} within ${least} … ${most}, got ${range.join(' … ')}`,
    );
  }
  return range[0] === centre && range[1] === centre ? undefined : range;
}

/**
 * Changes brightness, contrast, saturation and hue at random. As in torchvision every image draws its own factors and
 * its own order of the changes.
 */
export class ColorJitter implements Transform {
  private readonly changes: readonly (readonly [Change, Range])[];

  constructor({ brightness = 0, contrast = 0, saturation = 0, hue = 0 }: ColorJitterOptions = {}) {
    const given = Object.entries({ brightness, contrast, saturation, hue }) as [Change, number | Range][];
    this.changes = given.flatMap(([change, value]) => {
      const range = rangeOf(change, value);
      return range === undefined ? [] : [[change, range] as const];
    });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const count = this.changes.length;
    if (count === 0) return x;
    return tf.tidy(() => {
      const [batch] = x.shape;
      const factors = this.changes.map(([, range]) => uniform([batch], ...range));
      // The order of the largest of random numbers is a random order: column s says which change comes s-th.
      const order = tf.topk(uniform([batch, count]), count).indices;
      for (let step = 0; step < count; step++) {
        const turn = tf.squeeze(tf.slice(order, [0, step], [-1, 1]), [1]);
        x = this.step(x, factors, turn);
      }
      return x;
    });
  }

  /** One change for each image: the one whose turn it is. The first three are one blend with different partners. */
  private step(x: tf.Tensor4D, factors: readonly tf.Tensor1D[], turn: tf.Tensor1D): tf.Tensor4D {
    const chosen = this.changes.map((_, i) => tf.cast(tf.equal(turn, i), 'float32'));
    const find = (wanted: Change) => this.changes.findIndex(([change]) => change === wanted);
    const hue = find('hue');
    // factor − 1 of the chosen blend, 0 where the turn is the hue's
    const changes = chosen.flatMap((own, i) => (i === hue ? [] : [tf.mul(own, tf.sub(factors[i] ?? 1, 1))]));
    if (changes.length > 0) {
      const factor = tf.add(tf.addN(changes), 1);
      const partners = [
        ...weighted(chosen[find('contrast')], () => meanGrey(x)),
        ...weighted(chosen[find('saturation')], () => grey(x)),
      ];
      const [first, ...rest] = partners;
      x =
        first === undefined
          ? adjustBrightness(x, factor)
          : blend(
              x,
              rest.reduce((sum, partner) => tf.add(sum, partner), first),
              factor,
            );
    }
    return hue < 0 ? x : adjustHue(x, tf.mul(chosen[hue] ?? 0, factors[hue] ?? 0));
  }
}

/** The partner of a blend for the images that chose it, 0 for the others. */
const weighted = (chosen: tf.Tensor1D | undefined, partner: () => tf.Tensor4D): tf.Tensor4D[] =>
  chosen === undefined ? [] : [tf.mul(partner(), spread(chosen))];
