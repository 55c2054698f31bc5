import { withGradient } from '../autograd/gradient';
import { uniform } from '../random';
import * as tf from '../tf';

/**
 * Sets each element to zero with probability p and scales the rest by 1 / (1 − p): Srivastava et al., "Dropout", 2014.
 * The mask comes from TensorFlow's stateless random numbers, so that a recorded graph draws a new one at every step.
 * @param draws the mask's shape, which broadcasts to that of x: 1 where elements along an axis are dropped together
 */
export function dropout(x: tf.Tensor, p: number, draws: readonly number[] = x.shape): tf.Tensor {
  if (p === 0) return x;
  if (p === 1) return tf.mul(x, 0);
  return withGradient(
    [x],
    () => {
      const mask = tf.mul(randomMask(draws, p), 1 / (1 - p));
      return { value: tf.mul(x, mask), saved: [mask] };
    },
    (dy, [mask]) => [() => tf.mul(dy, mask as tf.Tensor)],
  );
}

/** 0 with probability p, else 1. */
export function randomMask(shape: readonly number[], p: number): tf.Tensor {
  return tf.cast(tf.greaterEqual(uniform([...shape] as [number]), p), 'float32');
}
