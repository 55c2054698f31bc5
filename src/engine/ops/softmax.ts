/**
 * Softmax cross-entropy of logits, value and gradient in one TensorFlow operation.
 */
import * as tf from '../tf';
import { withGradient } from './gradient';
import { Attributes, executeMany, isNative } from './native';

/**
 * −log softmax(logits)[target] of each row: logits `[b, k]`, targets int32 `[b]` in [0, k); gives `[b]`.
 * The gradient flows to the logits.
 */
export function sparseSoftmaxCrossEntropy(logits: tf.Tensor2D, targets: tf.Tensor1D): tf.Tensor1D {
  if (!isNative()) {
    const hot = tf.oneHot(targets, logits.shape[1]);
    return tf.neg(tf.sum<tf.Tensor1D>(tf.mul(tf.logSoftmax(logits), hot), -1));
  }
  const types = { T: { type: 'float32' }, Tlabels: { type: 'int32' } } as const;
  return fused('SparseSoftmaxCrossEntropyWithLogits', types, logits, targets);
}

/** −Σ p · log softmax(logits) of each row, for target distributions p `[b, k]`; gives `[b]`. */
export function denseSoftmaxCrossEntropy(logits: tf.Tensor2D, probabilities: tf.Tensor2D): tf.Tensor1D {
  if (!isNative()) return tf.neg(tf.sum<tf.Tensor1D>(tf.mul(tf.logSoftmax(logits), probabilities), -1));
  return fused('SoftmaxCrossEntropyWithLogits', { T: { type: 'float32' } }, logits, probabilities);
}

function fused(op: string, types: Attributes, logits: tf.Tensor2D, targets: tf.Tensor): tf.Tensor1D {
  const forward = () => {
    const [value, slope] = executeMany(op, types, [logits, targets], 2) as [tf.Tensor1D, tf.Tensor2D];
    return { value, saved: [slope] };
  };
  return withGradient([logits], forward, (dy, [slope]) => [
    () => tf.mul(slope as tf.Tensor, tf.expandDims(dy, -1)),
  ]);
}
