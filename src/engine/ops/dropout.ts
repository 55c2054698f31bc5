import { withGradient } from '../autograd/gradient';
import { uniform } from '../random';
import * as tf from '../tf';

/**
 * Sets each element to zero with probability p and scales the rest by 1 / (1 − p): Srivastava et al., "Dropout", 2014.
 * The mask comes from TensorFlow's stateless random numbers, so that a recorded graph draws a new one at every step.
 */
export function dropout<T extends tf.Tensor>(x: T, p: number): T {
  if (p === 0) return x;
  if (p === 1) return tf.mul<T>(x, 0);
  return withGradient<T>(
    [x],
    () => {
      const kept = tf.cast(tf.greaterEqual(uniform(x.shape as number[] as [number]), p), 'float32');
      const mask = tf.mul(kept, 1 / (1 - p));
      return { value: tf.mul<T>(x, mask), saved: [mask] };
    },
    (dy, [mask]) => [() => tf.mul(dy, mask as tf.Tensor)],
  );
}
