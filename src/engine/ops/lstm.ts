import * as tf from '../tf';

/**
 * One step of long short-term memory: Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997. With input, forget,
 * candidate and output gates i, f, g, o (PyTorch's order), c' = σ(f)·c + σ(i)·tanh(g) and h' = σ(o)·tanh(c').
 * @param projected the input's share of the gates, biases included, `[b, 4h]`
 * @param state hidden and cell, `[b, h]` each
 * @param weight the hidden state's share, `[4h, h]`
 */
export function lstmStep(
  projected: tf.Tensor2D,
  [hidden, cell]: readonly [tf.Tensor2D, tf.Tensor2D],
  weight: tf.Tensor2D,
): [tf.Tensor2D, tf.Tensor2D] {
  const gates = tf.add<tf.Tensor2D>(projected, tf.matMul(hidden, weight, false, true));
  const [i, f, g, o] = tf.split(gates, 4, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  const nextCell = tf.add<tf.Tensor2D>(tf.mul(tf.sigmoid(f), cell), tf.mul(tf.sigmoid(i), tf.tanh(g)));
  return [tf.mul<tf.Tensor2D>(tf.sigmoid(o), tf.tanh(nextCell)), nextCell];
}
