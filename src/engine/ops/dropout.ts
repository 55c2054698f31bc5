import { withGradient } from '../autograd/gradient';
import { uniform } from '../random';
import * as tf from '../tf';

/**
 * Sets each element to zero with probability p and scales the rest by 1 / (1 − p): Srivastava et al., "Dropout", 2014.
 * The mask comes from TensorFlow's stateless random numbers, so that a recorded graph draws a new one at every step.
 */
export function dropout(x: tf.Tensor, p: number): tf.Tensor {
  if (p === 0) return x;
  if (p === 1) return tf.mul(x, 0);
  return withGradient(
    [x],
    () => {
      const kept = tf.cast(tf.greaterEqual(uniform(x.shape as number[] as [number]), p), 'float32');
      const mask = tf.mul(kept, 1 / (1 - p));
      return { value: tf.mul(x, mask), saved: [mask] };
    },
    (dy, [mask]) => [() => tf.mul(dy, mask as tf.Tensor)],
  );
}
