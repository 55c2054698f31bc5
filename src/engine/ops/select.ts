/**
 * Choosing between two tensors by one flag; and the scalars of a step that may have to be left out, which is decided on
 * the device. An update is shut by its scalars (a learning rate of 0, decay rates of 1), so that recorded steps keep
 * their fused operations.
 */
import { execute, isNative } from '../backend/rawops';
import { dynamicScalar } from '../recording/dynamic';
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

/** Open (true) or shut; absent means open, without a question at run time. */
export type Gate = tf.Scalar | undefined;

/** `value`, read anew in every step where it is a reader, and `shut` where the gate is shut. */
export function gated(gate: Gate, value: tf.Scalar | (() => number), shut: number): tf.Scalar {
  const scalar = typeof value === 'function' ? dynamicScalar(value) : value;
  return gate ? select(gate, scalar, tf.scalar(shut)) : scalar;
}
