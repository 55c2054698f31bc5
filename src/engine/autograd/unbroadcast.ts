/** The way back through what was broadcast. */
import * as tf from '../tfjs';

/**
 * The gradient of what was broadcast to a shape: summed over what was repeated, however often, also not at all. Never `gradient`
 * itself, which TensorFlow.js frees when it adds to it.
 */
export function unbroadcast(gradient: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const added = gradient.rank - shape.length;
  const axes = gradient.shape.flatMap((size, i) =>
    i < added || (shape[i - added] === 1 && size !== 1) ? [i] : [],
  );
  const sum = axes.length > 0 ? tf.sum(gradient, axes) : gradient.clone();
  return tf.util.arraysEqual(sum.shape, [...shape]) ? sum : tf.reshape(sum, [...shape]);
}
