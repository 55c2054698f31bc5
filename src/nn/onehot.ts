/** Class numbers as rows of zeros and a one. */
import * as tf from '../engine/tf';

/**
 * `[…]` → `[…, numClasses]`, int32: PyTorch's `F.one_hot`. Without `numClasses` the largest number tells, which is read.
 * @throws TypeError for numbers that are not int32
 */
export function oneHot(x: tf.Tensor, numClasses = -1): tf.Tensor {
  if (x.dtype !== 'int32')
    throw new TypeError(`Cannot call oneHot: expected int32 class numbers, got ${x.dtype}`);
  return tf.oneHot(x, numClasses < 0 ? x.max().item() + 1 : numClasses);
}
