/**
 * Softmax cross-entropy of logits, value and gradient in one TensorFlow operation.
 */
import { withGradient } from '../autograd/gradient';
import { executeMany, isNative } from '../backend/rawops';
import * as tf from '../tf';

/**
 * −log softmax(logits)[target] of each row: logits `[b, k]`, targets int32 `[b]` in [0, k); gives `[b]`.
 * The gradient flows to the logits.
 */
export function sparseSoftmaxCrossEntropy(logits: tf.Tensor2D, targets: tf.Tensor1D): tf.Tensor1D {
  if (!isNative()) {
    const hot = tf.oneHot(targets, logits.shape[1] ?? 0);
    return tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), hot), -1));
  }
  const types = { T: { type: 'float32' }, Tlabels: { type: 'int32' } } as const;
  const forward = () => {
    const outputs = executeMany('SparseSoftmaxCrossEntropyWithLogits', types, [logits, targets], 2);
    const [value, slope] = outputs as [tf.Tensor1D, tf.Tensor2D];
    return { value, saved: [slope] };
  };
  return withGradient([logits], forward, (dy, [slope]) => [
    () => tf.mul(slope as tf.Tensor, tf.expandDims(dy, 1)),
  ]);
}

/**
 * −Σ p · log softmax(logits) of each row, for target distributions p `[b, k]`, which need not sum to 1; gives `[b]`.
 * The gradient flows to logits and p.
 */
export function denseSoftmaxCrossEntropy(logits: tf.Tensor2D, probabilities: tf.Tensor2D): tf.Tensor1D {
  if (!isNative()) return tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), probabilities), -1));
  const types = { T: { type: 'float32' } } as const;
  const forward = () => {
    const outputs = executeMany('SoftmaxCrossEntropyWithLogits', types, [logits, probabilities], 2);
    const [value, slope] = outputs as [tf.Tensor1D, tf.Tensor2D];
    return { value, saved: [slope, probabilities, logits] };
  };
  return withGradient([logits, probabilities], forward, (dy, saved) => {
    const [slope, p, x] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    const column = tf.expandDims(dy, 1);
    // TensorFlow's slope is softmax − p, right only where p sums to 1.
    const slopeOfLogits = () => tf.sub(tf.mul(tf.add(slope, p), tf.sum(p, 1, true)), p);
    return [() => tf.mul(slopeOfLogits(), column), () => tf.neg(tf.mul(tf.logSoftmax(x), column))];
  });
}
