import * as tf from '../tf';

/** One step of long short-term memory, `[b, h]` each: the gates i, f, g, o after their activations, tanh(c'), h', c'. */
export interface LstmStep {
  readonly i: tf.Tensor2D;
  readonly f: tf.Tensor2D;
  readonly g: tf.Tensor2D;
  readonly o: tf.Tensor2D;
  readonly tanhCell: tf.Tensor2D;
  readonly next: readonly [tf.Tensor2D, tf.Tensor2D];
}

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
): LstmStep {
  const gates = tf.add(projected, tf.matMul(hidden, weight, false, true));
  const [zi, zf, zg, zo] = tf.split(gates, 4, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  const [i, f, g, o] = [tf.sigmoid(zi), tf.sigmoid(zf), tf.tanh(zg), tf.sigmoid(zo)];
  const nextCell = tf.add(tf.mul(f, cell), tf.mul(i, g));
  const tanhCell = tf.tanh(nextCell);
  return { i, f, g, o, tanhCell, next: [tf.mul(o, tanhCell), nextCell] };
}
