import { withGradient } from '../autograd/gradient';
import { execute, isNative } from '../backend/rawops';
import * as tf from '../tf';

const TYPES = { T: { type: 'float32' } } as const;

/**
 * min(max(0, x), 6), with the slope 0 at both ends, as in PyTorch. One operation in both directions where `tf.relu6` has
 * four for the gradient; unlike there, the slope at NaN is 0.
 */
export function relu6(x: tf.Tensor): tf.Tensor {
  return withGradient(
    [x],
    () => {
      const value = tf.relu6(x);
      return { value, saved: [value] };
    },
    (dy, [y]) => [() => slope(dy, y as tf.Tensor)],
  );
}

/** dy where y lies between both ends, else 0. */
function slope(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  return withGradient(
    [dy],
    () => ({ value: isNative() ? execute('Relu6Grad', TYPES, [dy, y]) : plainSlope(dy, y), saved: [y] }),
    (next, [y]) => [() => slope(next, y as tf.Tensor)],
  );
}

const plainSlope = (dy: tf.Tensor, y: tf.Tensor): tf.Tensor =>
  tf.where(tf.logicalAnd(tf.greater(y, 0), tf.less(y, 6)), dy, tf.zerosLike(dy));
