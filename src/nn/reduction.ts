import * as tf from '../engine/tf';

/** How losses of single elements become one: their mean, their sum, or not at all. */
export type Reduction = 'mean' | 'sum' | 'none';

/** The result is typed as a scalar, which it is unless `reduction` is `none`. */
export function reduce(losses: tf.Tensor, reduction: Reduction): tf.Scalar {
  if (reduction === 'none') return losses;
  return reduction === 'sum' ? tf.sum(losses) : tf.mean(losses);
}
