/**
 * Tensors whose value lives in JavaScript and changes from call to call: the learning rate, the counter of a random
 * stream. A plain `tf.scalar(lr)` inside a compiled function would stay what it was while recording; these are read
 * again at every replay. Everything of that kind has to come through this file.
 *
 * Readers run once per call of the compiled function, in the order in which the recording met them, so a reader may
 * also count (`() => ++step`) and eager and compiled runs still see the same sequence.
 */
import * as tf from '../tf';
import { activeRecording } from './active';
import { unobserved } from './fields';

/** The types of numbers that may change from call to call. */
export type NumericType = 'float32' | 'int32' | 'bool';

/**
 * A scalar of `read()`.
 * @example
 * const lr = dynamicScalar(() => optimizer.lr);
 */
export function dynamicScalar(read: () => number, dtype: NumericType = 'float32'): tf.Scalar {
  const value = unobserved(read);
  const tensor = tf.scalar(value, dtype);
  activeRecording()?.dynamic(tensor, read, value);
  return tensor;
}

/**
 * A tensor of `read()`, which returns the values in row-major order.
 * @example
 * let counter = 0;
 * const seed = dynamicTensor(() => [42, ++counter], [2], 'int32');
 */
export function dynamicTensor(
  read: () => ArrayLike<number>,
  shape: number[],
  dtype: NumericType = 'float32',
): tf.Tensor {
  const values = Array.from(unobserved(read));
  const tensor = tf.tensor(values, shape, dtype);
  activeRecording()?.dynamic(tensor, read, values);
  return tensor;
}
