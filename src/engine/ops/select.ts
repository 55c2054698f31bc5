/** Choosing between two tensors by one flag. */
import { execute, isNative } from '../backend/execute';
import * as tf from '../tf';

/**
 * `a` where the scalar `flag` (bool) is true, else `b`, without laying flag or `b` out in the size of `a` as `tf.where`
 * does. Has no gradient.
 */
export function select<T extends tf.Tensor>(flag: tf.Scalar, a: T, b: tf.Scalar): T {
  return isNative()
    ? execute('SelectV2', { T: { type: 'float32' } }, [flag, a, b])
    : tf.where<T>(flag, a, b as T);
}
