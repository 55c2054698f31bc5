/** Operations on batches of images `[b, h, w, c]` that TensorFlow.js lacks or computes in JavaScript. */
import { execute, isNative } from '../backend/execute';
import * as tf from '../tf';

export type Interpolation = 'nearest' | 'bilinear';

/** How pixels between pixels and pixels outside the image are made up. */
export interface SampleOptions {
  readonly interpolation?: Interpolation;
  /** What lies outside: `fill`, or the nearest pixel of the image. */
  readonly edge?: 'constant' | 'nearest';
  readonly fill?: number;
}

/**
 * Moves pixels: output pixel (x, y) takes the value at ((a₀x + a₁y + a₂) / k, (b₀x + b₁y + b₂) / k) of the input,
 * k = c₀x + c₁y + 1; what lies outside the input is made up as `edge` says. No gradient.
 *
 * @param transforms `[b, 8]` or `[1, 8]`: a₀ a₁ a₂ b₀ b₁ b₂ c₀ c₁ of each image
 * @param size height and width of the result, by default those of `x`
 */
export function projectiveTransform(
  x: tf.Tensor4D,
  transforms: tf.Tensor2D,
  {
    interpolation = 'nearest',
    edge = 'constant',
    fill = 0,
    size = [x.shape[1], x.shape[2]],
  }: SampleOptions & { size?: readonly [number, number] } = {},
): tf.Tensor4D {
  if (!isNative()) return tf.image.transform(x, transforms, interpolation, edge, fill, [...size]);
  const attributes = {
    dtype: { type: 'float32' },
    interpolation: { text: interpolation.toUpperCase() },
    fill_mode: { text: edge.toUpperCase() },
  } as const;
  return tf.tidy(() => {
    const inputs = [x, transforms, tf.tensor1d(size as [number, number], 'int32'), tf.scalar(fill)];
    return execute<tf.Tensor4D>('ImageProjectiveTransformV3', attributes, inputs);
  });
}

const FLOAT = { T: { type: 'float32' } } as const;

/** Red, green, blue in 0 … 1 as hue, saturation and value in 0 … 1; hue 0 is red, 1/3 green, 2/3 blue. */
export function rgbToHsv(x: tf.Tensor4D): tf.Tensor4D {
  if (isNative()) return execute<tf.Tensor4D>('RGBToHSV', FLOAT, [x]);
  return tf.tidy(() => {
    const [r, g, b] = tf.split(x, 3, -1) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const value = tf.max(x, -1, true);
    const range = tf.sub(value, tf.min(x, -1, true));
    const safe = tf.where(tf.greater(range, 0), range, tf.onesLike(range));
    const sector = (a: tf.Tensor, c: tf.Tensor, offset: number) => tf.add(tf.div(tf.sub(a, c), safe), offset);
    const upper = tf.where(tf.equal(g, value), sector(b, r, 2), sector(r, g, 4));
    const turned = tf.where(tf.equal(r, value), sector(g, b, 0), upper);
    const hue = tf.where(tf.greater(range, 0), tf.div(turned, 6), tf.zerosLike(range));
    const saturation = tf.divNoNan(range, value);
    return tf.concat([tf.where(tf.less(hue, 0), tf.add(hue, 1), hue), saturation, value], -1) as tf.Tensor4D;
  });
}

/** The inverse of `rgbToHsv`. */
export function hsvToRgb(x: tf.Tensor4D): tf.Tensor4D {
  if (isNative()) return execute<tf.Tensor4D>('HSVToRGB', FLOAT, [x]);
  return tf.tidy(() => {
    const [hue, saturation, value] = tf.split(x, 3, -1) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    // Distance of each primary colour's hue, as a fraction of its sector (Travis, "Effective Color Displays", 1991).
    const primary = (shift: number) => {
      const turned = tf.mod(tf.add(tf.mul(hue, 6), shift), 6);
      const ramp = tf.clipByValue(tf.minimum(turned, tf.sub(4, turned)), 0, 1);
      return tf.sub(value, tf.mul(tf.mul(value, saturation), ramp));
    };
    return tf.concat([primary(5), primary(3), primary(1)], -1) as tf.Tensor4D;
  });
}
