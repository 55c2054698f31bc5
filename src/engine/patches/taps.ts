/** Kernels whose taps lie apart, where TensorFlow knows only dense ones: zeros between the taps, and the taps again. */
import * as tf from '../tfjs';

/** The shape of a kernel whose taps are spread. */
export const spreadShape = (shape: readonly number[], dilation: readonly number[]): number[] =>
  shape.map((length, i) => (dilation[i] ?? 1) * (length - 1) + 1);

/** Puts dilation − 1 zeros between neighbouring taps. */
export function spreadKernel(kernel: tf.Tensor, dilation: readonly number[]): tf.Tensor {
  return dilation.reduce((x, distance, axis) => {
    if (distance === 1) return x;
    const { shape } = x;
    const [before, after] = [shape.slice(0, axis + 1), shape.slice(axis + 1)];
    const zeros = tf.zeros([...before, distance - 1, ...after]);
    const apart = tf.concat([tf.reshape(x, [...before, 1, ...after]), zeros], axis + 1);
    const joined = shape.map((length, i) => (i === axis ? length * distance : length));
    const length = ((shape[axis] ?? 1) - 1) * distance + 1;
    return along(tf.reshape(apart, joined), axis, length);
  }, kernel);
}

/** Takes the taps out of a spread kernel: what `spreadKernel` put between is left. */
export function collectTaps(
  wide: tf.Tensor,
  shape: readonly number[],
  dilation: readonly number[],
): tf.Tensor {
  return dilation.reduce((x, distance, axis) => {
    if (distance === 1) return x;
    const length = shape[axis] ?? 1;
    const pairs = x.shape.map((_, i): [number, number] => [0, i === axis ? distance - 1 : 0]);
    const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
    const apart = tf.reshape(tf.pad(x, pairs), [...before, length, distance, ...after]);
    return tf.reshape(along(apart, axis + 1, 1), [...before, length, ...after]);
  }, wide);
}

/** The first `length` slices along an axis. */
function along(x: tf.Tensor, axis: number, length: number): tf.Tensor {
  const size = x.shape.map((all, i) => (i === axis ? length : all));
  return tf.slice(
    x,
    size.map(() => 0),
    size,
  );
}
