/** Functions of single elements whose slope jumps: at the joints it is PyTorch's, which no composition gives. */
import { withGradient } from '../engine/autograd';
import * as tf from '../engine/tf';

/**
 * f(x), element by element.
 * @param slope f′(x), also where two slopes meet
 */
export function pointwise(
  x: tf.Tensor,
  f: (x: tf.Tensor) => tf.Tensor,
  slope: (x: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  return withGradient(
    [x],
    () => ({ value: f(x), saved: [x] }),
    (dy, [saved = x]) => [() => tf.mul(dy, slope(saved))],
  );
}

/** 1 where the condition holds, else 0. */
export function mask(condition: tf.Tensor): tf.Tensor {
  return tf.cast(condition, 'float32');
}

/** 1 strictly between the bounds (and for NaN, as PyTorch has it), else 0. */
export function inside(x: tf.Tensor, low: number, high: number): tf.Tensor {
  return mask(tf.logicalNot(tf.logicalOr(tf.lessEqual(x, low), tf.greaterEqual(x, high))));
}

/** 1 where |x| is above the bound (and for NaN), else 0. */
export function outside(x: tf.Tensor, bound: number): tf.Tensor {
  return mask(tf.logicalNot(tf.logicalAnd(tf.lessEqual(x, bound), tf.greaterEqual(x, -bound))));
}
