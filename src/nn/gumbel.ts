/** Samples of classes through which gradients go: Jang, Gu and Poole, 2017, https://arxiv.org/abs/1611.01144. */
import { withGradient } from '../engine/autograd';
import { uniform } from '../engine/random';
import * as tf from '../engine/tf';
import { softmax } from './activation';
import { checkFloat } from './fitting';
import { hot } from './onehot';

/** Temperature 1, soft samples, along the last axis unless given. */
export interface GumbelOptions {
  readonly tau?: number;
  /** Whether samples are rows of zeros and a one, with the gradient of soft ones. */
  readonly hard?: boolean;
  readonly dim?: number;
}

/**
 * softmax((logits + Gumbel noise) / tau).
 * @throws RangeError unless `tau` is above 0
 */
export function gumbelSoftmax(
  logits: tf.Tensor,
  { tau = 1, hard = false, dim = -1 }: GumbelOptions = {},
): tf.Tensor {
  checkFloat('gumbelSoftmax', logits, 'logits');
  if (!(tau > 0)) throw new RangeError(`Cannot call gumbelSoftmax: tau must be above 0, got ${tau}`);
  // −log(1 − u), u in [0, 1), is distributed exponentially and never log 0
  const exponential = tf.maximum(tf.neg(tf.log1p(tf.neg(uniform(logits.shape as [number], 0, 1)))), 1e-38);
  const soft = softmax(tf.div(tf.sub(logits, tf.log(exponential)), tau), dim);
  if (!hard) return soft;
  const axis = dim < 0 ? dim + logits.rank : dim;
  return withGradient(
    [soft],
    () => {
      const chosen = hot(tf.argMax(soft, axis), logits.shape[axis] ?? 1);
      const order = logits.shape.map((_, i) => (i < axis ? i : i === axis ? logits.rank - 1 : i - 1));
      return { value: tf.transpose(chosen, order), saved: [] };
    },
    (dy) => [() => dy],
  );
}
