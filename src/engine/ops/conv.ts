/**
 * Convolutions with PyTorch's padding, dilation and groups, and gradients for all of them.
 *
 * TensorFlow's kernels take explicit padding at any stride, but on the CPU they have no gradients for dilation and
 * groups. So a dilated kernel is spread out with zeros (which is the same convolution), and groups are split apart
 * where their gradients are computed.
 */
import { withGradient } from '../autograd/gradient';
import { isNative } from '../backend/rawops';
import * as tf from '../tf';
import { convFilterGradient, convForward, convInputGradient, Geometry } from './correlate';

/** How a kernel moves over an image. */
export interface ConvOptions {
  /** Steps in rows and columns. */
  readonly stride: readonly [number, number];
  /** Zeros [above, below, left, right]. */
  readonly padding: readonly [number, number, number, number];
  /** Distance of the kernel's taps in rows and columns. */
  readonly dilation: readonly [number, number];
  /** Number of equal parts of the channels that do not see each other. */
  readonly groups: number;
}

/**
 * Cross-correlates images with a kernel: x `[b, h, w, in]`, kernel `[kh, kw, in/groups, out]` (HWIO); gives
 * `[b, h', w', out]` with h' = ⌊(h + padding − dilation·(kh − 1) − 1) / stride⌋ + 1.
 */
export function conv2d(x: tf.Tensor4D, kernel: tf.Tensor4D, options: ConvOptions): tf.Tensor4D {
  const { dilation, groups, ...geometry } = options;
  const spread = spreadKernel(kernel, dilation);
  if (groups === 1) return conv(x, spread, geometry);
  const [xs, kernels] = [tf.split(x, groups, 3), tf.split(spread, groups, 3)];
  return tf.concat(
    xs.map((part, i) => conv(part, kernels[i] as tf.Tensor, geometry)),
    3,
  );
}

/**
 * The transposed convolution, the gradient of `conv2d` for its input: x `[b, h, w, in]`, kernel
 * `[kh, kw, out/groups, in]`; gives `[b, h', w', out]` of the given size [h', w'].
 */
export function convTranspose2d(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  size: readonly [number, number],
  options: ConvOptions,
): tf.Tensor4D {
  const { dilation, groups, ...geometry } = options;
  const spread = spreadKernel(kernel, dilation);
  if (groups === 1) return convTranspose(x, spread, size, geometry);
  const [xs, kernels] = [tf.split(x, groups, 3), tf.split(spread, groups, 3)];
  return tf.concat(
    xs.map((part, i) => convTranspose(part, kernels[i] as tf.Tensor, size, geometry)),
    3,
  );
}

function conv(x: tf.Tensor4D, kernel: tf.Tensor4D, geometry: Geometry): tf.Tensor4D {
  if (!isNative()) return convForward(x, kernel, geometry);
  return withGradient(
    [x, kernel],
    () => ({ value: convForward(x, kernel, geometry), saved: [x, kernel] }),
    (dy, [x, kernel]) => [
      () => convInputGradient(x?.shape as Shape4D, kernel as tf.Tensor, dy, geometry),
      () => convFilterGradient(x as tf.Tensor, kernel?.shape as Shape4D, dy, geometry),
    ],
  );
}

function convTranspose(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  [height, width]: readonly [number, number],
  geometry: Geometry,
): tf.Tensor4D {
  const [[b = 0], [, , out = 0]] = [x.shape, kernel.shape];
  const shape: Shape4D = [b, height, width, out];
  if (!isNative()) return convInputGradient(shape, kernel, x, geometry);
  return withGradient(
    [x, kernel],
    () => ({ value: convInputGradient(shape, kernel, x, geometry), saved: [x, kernel] }),
    (dy, [x, kernel]) => [
      () => convForward(dy, kernel as tf.Tensor, geometry),
      () => convFilterGradient(dy, kernel?.shape as Shape4D, x as tf.Tensor, geometry),
    ],
  );
}

type Shape4D = [number, number, number, number];

/** Puts d − 1 zeros between neighbouring taps. */
function spreadKernel(kernel: tf.Tensor4D, [dh, dw]: readonly [number, number]): tf.Tensor4D {
  if (dh === 1 && dw === 1) return kernel;
  const [kh = 0, kw = 0, i = 0, o = 0] = kernel.shape;
  const rows = tf.pad(tf.reshape(kernel, [kh, 1, kw, i * o]), [
    [0, 0],
    [0, dh - 1],
    [0, 0],
    [0, 0],
  ]);
  const both = tf.pad(tf.reshape(rows, [kh * dh, kw, 1, i * o]), [
    [0, 0],
    [0, 0],
    [0, dw - 1],
    [0, 0],
  ]);
  const whole = tf.reshape(both, [kh * dh, kw * dw, i, o]);
  return tf.slice(whole, [0, 0, 0, 0], [(kh - 1) * dh + 1, (kw - 1) * dw + 1, i, o]);
}
