/** What mixes pixels or channels as they stand: a linear map of whole images, channels in another order. */
import { refusal, sizesOf } from '../../../engine/ops/sizes';
import { uniform } from '../../../engine/random';
import * as tf from '../../../engine/tf';
import type { Transform } from '../dataset';
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation } from './color';
import { checkProbability, type Range } from './geometric';
import { asFloat, hits, select } from './pixels';

/**
 * Subtracts a vector of each image, laid out in a row in PyTorch's order `[c, h, w]`, and multiplies by a square matrix:
 * whitening, for example.
 */
export class LinearTransformation implements Transform {
  /** @throws RangeError unless the matrix `[n, n]` is square and the vector is `[n]` */
  constructor(
    readonly transformationMatrix: tf.Tensor2D,
    readonly meanVector: tf.Tensor1D,
  ) {
    const [rows, columns] = sizesOf('LinearTransformation', transformationMatrix, '[n, n]');
    if (rows === columns && meanVector.rank === 1 && meanVector.size === rows) return;
    throw new RangeError(
      `Cannot build LinearTransformation: expected a square matrix and a vector of its size, ` +
        `got [${rows}, ${columns}] and [${meanVector.shape.join(', ')}]`,
    );
  }

  /** @throws TypeError for images of another number of values */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [b, h, w, c] = sizesOf('LinearTransformation', x, '[b, h, w, c]');
    const n = this.meanVector.size;
    if (h * w * c !== n) throw refusal('LinearTransformation', `images of ${n} values`, x);
    return tf.tidy(() => {
      const rows = tf.reshape(tf.transpose(asFloat(x), [0, 3, 1, 2]), [b, n]);
      const mapped = tf.matMul(tf.sub(rows, this.meanVector), this.transformationMatrix);
      return tf.transpose(tf.reshape(mapped, [b, c, h, w]), [0, 2, 3, 1]);
    });
  }
}

/** Channels in another order, one for each image: places int32 `[b, c]`. */
const permuted = (x: tf.Tensor4D, order: tf.Tensor2D): tf.Tensor4D =>
  tf.transpose(tf.gather(tf.transpose(x, [0, 3, 1, 2]), order, 1, 1), [0, 2, 3, 1]);

/** The channels of each image in an order of its own. */
export class RandomChannelPermutation implements Transform {
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [b, , , c] = sizesOf('RandomChannelPermutation', x, '[b, h, w, c]');
    return tf.tidy(() => permuted(x, tf.topk(uniform([b, c]), c).indices));
  }
}

/** The ranges that factors are drawn from, and how likely each change is. */
export interface PhotometricOptions {
  readonly brightness?: Range;
  readonly contrast?: Range;
  readonly saturation?: Range;
  readonly hue?: Range;
  readonly p?: number;
}

/**
 * Changes brightness, contrast, saturation, hue and the order of channels, each with probability `p`: Liu et al., "SSD",
 * 2015, https://arxiv.org/abs/1512.02325.
 */
export class RandomPhotometricDistort implements Transform {
  readonly brightness: Range;
  readonly contrast: Range;
  readonly saturation: Range;
  readonly hue: Range;
  readonly p: number;

  /** @throws RangeError for a p beyond 0 … 1 */
  constructor(options: PhotometricOptions = {}) {
    const { brightness = [0.875, 1.125], contrast = [0.5, 1.5], saturation = [0.5, 1.5] } = options;
    const { hue = [-0.05, 0.05], p = 0.5 } = options;
    checkProbability('RandomPhotometricDistort', p);
    [this.brightness, this.contrast, this.saturation] = [brightness, contrast, saturation];
    [this.hue, this.p] = [hue, p];
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [b, , , c] = sizesOf('RandomPhotometricDistort', x, '[b, h, w, c]');
    return tf.tidy(() => {
      const some = (y: tf.Tensor4D, mask: tf.Tensor1D, change: (y: tf.Tensor4D) => tf.Tensor4D) =>
        select(mask, change(y), y);
      const drawn = (range: Range): tf.Tensor1D => uniform([b], ...range);
      const [contrasted, early] = [hits(b, this.p), hits(b, 0.5)];
      const factor = drawn(this.contrast);
      const contrast = (y: tf.Tensor4D) => adjustContrast(y, factor);
      let y = some(x, hits(b, this.p), (image) => adjustBrightness(image, drawn(this.brightness)));
      y = some(y, tf.logicalAnd(contrasted, early), contrast);
      y = some(y, hits(b, this.p), (image) => adjustSaturation(image, drawn(this.saturation)));
      y = some(y, hits(b, this.p), (image) => adjustHue(image, drawn(this.hue)));
      y = some(y, tf.logicalAnd(contrasted, tf.logicalNot(early)), contrast);
      return some(y, hits(b, this.p), (image) => permuted(image, tf.topk(uniform([b, c]), c).indices));
    });
  }
}
