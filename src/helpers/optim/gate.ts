/**
 * A step that may have to be left out is decided on the device: with the gate shut, an update moves nothing and leaves
 * its running averages as they are. An update is shut by its scalars (a learning rate of 0, decay rates of 1), so that
 * recorded steps keep their fused operations.
 */
import { select } from '../../engine/ops/select';
import * as tf from '../../engine/tf';

/** Open (true) or shut; absent means open, without a question at run time. */
export type Gate = tf.Scalar | undefined;

/** `value` where the gate is open, `shut` where it is not. */
export function gated<T extends number | tf.Scalar>(gate: Gate, value: T, shut: number): T | tf.Scalar {
  if (!gate) return value;
  return select<tf.Scalar>(gate, typeof value === 'number' ? tf.scalar(value) : value, tf.scalar(shut));
}
