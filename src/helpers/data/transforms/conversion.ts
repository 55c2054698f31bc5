/** Between whole numbers 0 … 255 and floats 0 … 1, and to what networks want. */
import { refusal, sizesOf } from '../../../engine/ops/sizes';
import * as tf from '../../../engine/tf';
import type { Transform } from '../dataset';

/**
 * Images of another type: int32 stands for torchvision's uint8.
 * @param scale whether 255 becomes 1 and 1 becomes 255
 */
export function toDtype(x: tf.Tensor4D, dtype: 'float32' | 'int32', scale = false): tf.Tensor4D {
  if (x.dtype === dtype) return x;
  return tf.tidy(() => {
    if (!scale) return tf.cast(x, dtype);
    return dtype === 'float32'
      ? tf.mul(tf.cast(x, 'float32'), 1 / 255)
      : tf.cast(tf.mul(x, 255.999), 'int32'); // so that each whole number has an equal share of 0 … 1
  });
}

/** Images of another type; with `scale` 255 becomes 1 and 1 becomes 255. */
export class ToDtype implements Transform {
  private readonly scale: boolean;

  constructor(
    private readonly dtype: 'float32' | 'int32' = 'float32',
    { scale = false } = {},
  ) {
    this.scale = scale;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return toDtype(x, this.dtype, this.scale);
  }
}

/** Images of another type, 255 becoming 1 and 1 becoming 255. */
export class ConvertImageDtype extends ToDtype {
  constructor(dtype: 'float32' | 'int32' = 'float32') {
    super(dtype, { scale: true });
  }
}

/** Whole numbers 0 … 255 (int32) become 0 … 1; floats stay as they are, as in torchvision. */
export class ToTensor implements Transform {
  forward(x: tf.Tensor4D): tf.Tensor4D {
    if (x.dtype !== 'int32') return x;
    return tf.tidy(() => tf.div(tf.cast(x, 'float32'), 255));
  }
}

/** Images as they are: what torchvision makes of pictures of Pillow, tensors are already. */
export class ToImage implements Transform {
  forward = (x: tf.Tensor4D): tf.Tensor4D => x;
}

/**
 * (x − mean) / std for each channel; one mean and one std serve all channels, and a grey image takes as many channels as
 * there are means, as in torchvision.
 */
export class Normalize implements Transform {
  /** @throws RangeError unless there are as many means as deviations, none of them 0 */
  constructor(
    private readonly mean: readonly number[],
    private readonly std: readonly number[],
  ) {
    if (mean.length !== std.length || mean.length === 0 || !std.every((value) => value > 0)) {
      throw new RangeError(
        `Cannot build Normalize: expected a mean and a std > 0 for each channel, ` +
          `got [${mean.join(', ')}] and [${std.join(', ')}]`,
      );
    }
  }

  /** @throws TypeError for whole numbers, or another number of channels */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [batch, height, width, channels] = sizesOf('Normalize', x, '[b, h, w, c]');
    const count = this.mean.length;
    if (x.dtype === 'int32') {
      throw refusal(
        'Normalize',
        'floats',
        'int32',
        'ToTensor or ToDtype before it makes floats of whole numbers',
      );
    }
    if (count !== 1 && channels !== 1 && channels !== count) {
      throw refusal('Normalize', `images [b, h, w, ${count}]`, x);
    }
    if (channels !== count) {
      return tf.tidy(() => tf.div(tf.sub(x, [...this.mean]), [...this.std]));
    }
    // TensorFlow spreads a long row far faster over the image than a row of three numbers.
    const row = (values: readonly number[]): tf.Tensor1D => tf.tile(tf.tensor1d([...values]), [width]);
    return tf.tidy(() => {
      const rows = tf.reshape(x, [batch * height, width * channels]);
      const centred = tf.sub(rows, row(this.mean));
      return tf.reshape(tf.div(centred, row(this.std)), x.shape);
    });
  }
}
