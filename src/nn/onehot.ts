/** Class numbers as rows of zeros and a one. */
import * as tf from '../engine/tf';

/**
 * `[…]` → `[…, numClasses]`, int32: PyTorch's `F.one_hot`. Without `numClasses` the largest number tells, which is read.
 * @throws TypeError for numbers that are not int32
 */
export function oneHot(x: tf.Tensor, numClasses = -1): tf.Tensor {
  if (x.dtype !== 'int32')
    throw new TypeError(`Cannot call oneHot: expected int32 class numbers, got ${x.dtype}`);
  return tf.cast(hot(x, numClasses < 0 ? x.max().item() + 1 : numClasses), 'int32');
}

/** Rows of zeros and a one, float32; also for a single class, which TensorFlow.js does not take. */
export function hot(classes: tf.Tensor, numClasses: number): tf.Tensor {
  const numbers = tf.range(0, numClasses, 1, 'int32');
  return tf.cast(tf.equal(tf.expandDims(classes, -1), numbers), 'float32');
}
