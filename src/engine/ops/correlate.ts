/** The three products of a convolution (forward, for the input, for the kernel), natively and in plain JavaScript. */
import { Attributes, execute, isNative } from '../backend/rawops';
import * as tf from '../tf';

/** Steps and padding of a correlation. */
export interface Geometry {
  readonly stride: readonly [number, number];
  /** Zeros [above, below, left, right]. */
  readonly padding: readonly [number, number, number, number];
}

type Shape4D = [number, number, number, number];

/** x `[b, h, w, in]`, kernel `[kh, kw, in, out]`. */
export function convForward(x: tf.Tensor4D, kernel: tf.Tensor4D, geometry: Geometry): tf.Tensor4D {
  if (!isNative()) {
    return tf.conv2d(padded(x, geometry.padding), kernel, [...geometry.stride], 'valid');
  }
  return execute('Conv2D', attributes(kernel.shape as Shape4D, geometry), [x, kernel]);
}

/** The gradient for the input of the given shape; equally the transposed convolution of dy. */
export function convInputGradient(
  shape: Shape4D,
  kernel: tf.Tensor4D,
  dy: tf.Tensor4D,
  geometry: Geometry,
): tf.Tensor4D {
  if (!isNative()) {
    const [top, bottom, left, right] = geometry.padding;
    const [b, h, w, c] = shape;
    const whole: Shape4D = [b, h + top + bottom, w + left + right, c];
    const wide = tf.conv2dTranspose(dy, kernel, whole, [...geometry.stride], 'valid');
    return tf.slice(wide, [0, top, left, 0], shape);
  }
  const size = tf.tensor1d(shape, 'int32');
  return execute('Conv2DBackpropInput', attributes(kernel.shape as Shape4D, geometry), [size, kernel, dy]);
}

/** The gradient for a kernel of the given shape (native only: in plain JavaScript tfjs derives it itself). */
export function convFilterGradient(
  x: tf.Tensor4D,
  shape: Shape4D,
  dy: tf.Tensor4D,
  geometry: Geometry,
): tf.Tensor4D {
  return execute('Conv2DBackpropFilter', attributes(shape, geometry), [x, tf.tensor1d(shape, 'int32'), dy]);
}

function padded(x: tf.Tensor4D, [top, bottom, left, right]: Geometry['padding']): tf.Tensor4D {
  if (top + bottom + left + right === 0) return x;
  return tf.pad(x, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
}

function attributes([kh, kw]: Shape4D, { stride, padding }: Geometry): Attributes {
  return {
    T: { type: 'float32' },
    strides: { ints: [1, ...stride, 1] },
    dilations: { ints: [1, 1, 1, 1] },
    use_cudnn_on_gpu: { bool: true },
    data_format: { text: 'NHWC' },
    ...paddingAttributes(kh, kw, stride, padding),
  };
}

/** Prefers TensorFlow's named paddings where they mean the same: their gradients are twice as fast on the CPU. */
function paddingAttributes(
  kh: number,
  kw: number,
  stride: Geometry['stride'],
  padding: Geometry['padding'],
): Attributes {
  const [top, bottom, left, right] = padding;
  if (top + bottom + left + right === 0) return { padding: { text: 'VALID' } };
  const even = top === bottom && left === right && top * 2 === kh - 1 && left * 2 === kw - 1;
  if (even && stride[0] === 1 && stride[1] === 1) return { padding: { text: 'SAME' } };
  return { padding: { text: 'EXPLICIT' }, explicit_paddings: { ints: [0, 0, ...padding, 0, 0] } };
}
