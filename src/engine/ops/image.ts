/** Operations on batches of images `[b, h, w, c]` that TensorFlow.js lacks or computes in JavaScript. */
import { hasOwnOperations } from '../backend/load';
import { execute, isNative } from '../backend/rawops';
import { activeRecording } from '../recording/active';
import * as tf from '../tf';

/** What stands between pixels: the nearest one, or a mean of the four around. */
export type Interpolation = 'nearest' | 'bilinear';

/** How pixels between pixels and pixels outside the image are made up. */
export interface SampleOptions {
  readonly interpolation?: Interpolation;
  /** What lies outside: `fill`, or the nearest pixel of the image. */
  readonly edge?: 'constant' | 'nearest';
  /** One number, or one for each channel. */
  readonly fill?: number | readonly number[];
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
    size = x.shape.slice(1, 3) as [number, number],
  }: SampleOptions & { size?: readonly [number, number] } = {},
): tf.Tensor4D {
  if (typeof fill !== 'number') {
    // Seen from a fill of each channel's own, what lies outside is 0.
    const options = { interpolation, edge, size } as const;
    return tf.tidy(() => tf.add(projectiveTransform(tf.sub(x, [...fill]), transforms, options), [...fill]));
  }
  if (!isNative()) return transformPlain(x, transforms, { interpolation, edge, fill, size });
  // a SavedModel has to be read by others
  if (x.dtype === 'float32' && hasOwnOperations() && !activeRecording()?.portable) {
    const how = { bilinear: { bool: interpolation === 'bilinear' }, clamped: { bool: edge === 'nearest' } };
    return tf.tidy(() => {
      return execute('TsdlProject', how, [x, transforms, tf.zeros([...size, 0]), tf.scalar(fill)]);
    });
  }
  const attributes = {
    dtype: { type: 'float32' },
    interpolation: { text: interpolation.toUpperCase() },
    fill_mode: { text: edge.toUpperCase() },
  } as const;
  return tf.tidy(() => {
    const inputs = [x, transforms, tf.tensor1d(size as [number, number], 'int32'), tf.scalar(fill)];
    return execute('ImageProjectiveTransformV3', attributes, inputs);
  });
}

/** The same in JavaScript: the kernel of tfjs-backend-cpu fills only the first image of a batch. */
function transformPlain(
  x: tf.Tensor4D,
  transforms: tf.Tensor2D,
  {
    interpolation,
    edge,
    fill,
    size,
  }: Required<Omit<SampleOptions, 'fill'>> & { fill: number; size: readonly [number, number] },
): tf.Tensor4D {
  const [images = 0, h = 0, w = 0, channels = 0] = x.shape;
  const [height, width] = size;
  const pixels = x.dataSync();
  const matrices = transforms.dataSync();
  const result = new Float32Array(images * height * width * channels).fill(fill);
  const sample = interpolation === 'nearest' ? nearest : bilinear;
  const inside = (at: number, length: number) =>
    edge === 'nearest' ? Math.min(Math.max(at, 0), length - 1) : at;
  let place = 0;
  for (let image = 0; image < images; image++) {
    const read = (row: number, column: number, channel: number): number =>
      row >= 0 && row < h && column >= 0 && column < w
        ? (pixels[((image * h + row) * w + column) * channels + channel] ?? NaN)
        : fill;
    const at = transforms.shape[0] === 1 ? 0 : image * 8;
    const [a0 = 1, a1 = 0, a2 = 0, b0 = 0, b1 = 1, b2 = 0, c0 = 0, c1 = 0] = matrices.subarray(at, at + 8);
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++, place += channels) {
        const k = linear(c0, column, c1, row, 1);
        if (k === 0) continue; // infinitely far away
        const from = inside(f32(linear(a0, column, a1, row, a2) / k), w);
        const down = inside(f32(linear(b0, column, b1, row, b2) / k), h);
        for (let channel = 0; channel < channels; channel++) {
          result[place + channel] = sample(down, from, (y, x) => read(y, x, channel));
        }
      }
    }
  }
  return tf.tensor4d(result, [images, height, width, channels]);
}

const f32 = Math.fround;

/** ax + by + c in single precision, as TensorFlow has it: which pixel is the nearest may hang on the last bit. */
const linear = (a: number, x: number, b: number, y: number, c: number): number =>
  f32(f32(f32(a * x) + f32(b * y)) + c);

type Read = (row: number, column: number) => number;

/** Halves go away from zero, as in TensorFlow; `Math.round` takes −0.5 to 0. */
const rounded = (value: number): number => Math.sign(value) * Math.round(Math.abs(value));

const nearest = (y: number, x: number, read: Read): number => read(rounded(y), rounded(x));

function bilinear(y: number, x: number, read: Read): number {
  const [row, column] = [Math.floor(y), Math.floor(x)];
  const across = (at: number) => (column + 1 - x) * read(at, column) + (x - column) * read(at, column + 1);
  return (row + 1 - y) * across(row) + (y - row) * across(row + 1);
}

const FLOAT = { T: { type: 'float32' } } as const;

/** Red, green, blue in 0 … 1 as hue, saturation and value in 0 … 1; hue 0 is red, 1/3 green, 2/3 blue. */
export function rgbToHsv(x: tf.Tensor4D): tf.Tensor4D {
  if (isNative()) return execute('RGBToHSV', FLOAT, [x]);
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
    return tf.concat([tf.where(tf.less(hue, 0), tf.add(hue, 1), hue), saturation, value], -1);
  });
}

/** The inverse of `rgbToHsv`. */
export function hsvToRgb(x: tf.Tensor4D): tf.Tensor4D {
  if (isNative()) return execute('HSVToRGB', FLOAT, [x]);
  return tf.tidy(() => {
    const [hue, saturation, value] = tf.split(x, 3, -1) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    // Distance of each primary colour's hue, as a fraction of its sector (Travis, "Effective Color Displays", 1991).
    const primary = (shift: number) => {
      const turned = tf.mod(tf.add(tf.mul(hue, 6), shift), 6);
      const ramp = tf.clipByValue(tf.minimum(turned, tf.sub(4, turned)), 0, 1);
      return tf.sub(value, tf.mul(tf.mul(value, saturation), ramp));
    };
    return tf.concat([primary(5), primary(3), primary(1)], -1);
  });
}
