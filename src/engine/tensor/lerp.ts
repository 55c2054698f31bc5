/** Between two tensors. */
import * as tf from '../tfjs';
import type { Operand } from './methods';

/** From the nearer end on, as PyTorch: an infinite one that weighs 1 stays. */
export function lerped(start: tf.Tensor, end: tf.Tensor, weight: Operand): tf.Tensor {
  const part = (share: Operand | tf.Tensor): tf.Tensor => tf.mul(tf.sub(end, start), share);
  const forth = (): tf.Tensor => tf.add(start, part(weight));
  const back = (): tf.Tensor => tf.sub(end, part(tf.sub(1, weight)));
  if (typeof weight === 'number') return Math.abs(weight) < 0.5 ? forth() : back();
  return tf.where(tf.less(tf.abs(weight), 0.5), forth(), back());
}
