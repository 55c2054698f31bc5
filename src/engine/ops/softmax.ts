/** Softmax cross-entropy of logits, value and gradient in one TensorFlow operation. */
import { linked, source, withGradient } from '../autograd/gradient';
import { createsGraph } from '../autograd/gradmode';
import { edgeOf } from '../autograd/tapenode';
import { execute, executeMany, isNative } from '../backend/rawops';
import * as tf from '../tf';

/** `a` times `b`, 0 where `b` is 0, also where `a` is not a number: what counts for nothing has no gradient. */
function productOf(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  if (isNative() && !createsGraph()) return execute('MulNoNan', { T: { type: 'float32' } }, [a, b]);
  return tf.where(tf.equal(b, 0), tf.zeros([]), tf.mul(a, b));
}

/** softmax(logits) − one-hot targets, and the losses. */
function slopeOfClasses(logits: tf.Tensor2D, targets: tf.Tensor1D): [tf.Tensor, tf.Tensor] {
  if (isNative()) {
    const types = { T: { type: 'float32' }, Tlabels: { type: 'int32' } } as const;
    return executeMany('SparseSoftmaxCrossEntropyWithLogits', types, [logits, targets], 2) as [
      tf.Tensor,
      tf.Tensor,
    ];
  }
  const k = logits.shape[1] ?? 0;
  const picked = tf.gather(tf.logSoftmax(logits), tf.expandDims(targets, 1), 1, 1);
  return [tf.neg(tf.squeeze(picked, [1])), tf.sub(tf.softmax(logits), tf.oneHot(targets, k))];
}

/**
 * −log softmax(logits)[target] of each row: logits `[b, k]`, targets int32 `[b]` in [0, k); gives `[b]`.
 * The gradient flows to the logits; a row whose loss counts for nothing has none, even where it holds NaN.
 */
export function sparseSoftmaxCrossEntropy(logits: tf.Tensor2D, targets: tf.Tensor1D): tf.Tensor1D {
  const edge = edgeOf(logits);
  const forward = () => {
    const [value, slope] = slopeOfClasses(logits, targets);
    return { value, saved: [slope, targets, ...source(logits)] };
  };
  return withGradient([logits], forward, (dy, saved) => [
    () => {
      const [slope, targets, itself] = saved as [tf.Tensor, tf.Tensor, tf.Tensor | undefined];
      const column = tf.expandDims(dy, 1);
      if (!createsGraph()) return productOf(slope, column);
      // The probabilities again, now as a function of the logits; a shift of these changes nothing.
      const hot = tf.oneHot(targets, slope.shape[1] ?? 0);
      const shifted = itself ?? linked(() => tf.log(tf.add(slope, hot)), edge);
      return productOf(tf.sub(tf.softmax(shifted), hot), column);
    },
  ]);
}

/** softmax(logits) − p, and the losses. */
function slopeOfDense(logits: tf.Tensor2D, p: tf.Tensor2D): [tf.Tensor, tf.Tensor] {
  if (!isNative()) {
    return [tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), p), -1)), tf.sub(tf.softmax(logits), p)];
  }
  const types = { T: { type: 'float32' } } as const;
  return executeMany('SoftmaxCrossEntropyWithLogits', types, [logits, p], 2) as [tf.Tensor, tf.Tensor];
}

/**
 * −Σ p · log softmax(logits) of each row, for target distributions p `[b, k]`, which need not sum to 1; gives `[b]`.
 * The gradient flows to logits and p.
 */
export function denseSoftmaxCrossEntropy(logits: tf.Tensor2D, probabilities: tf.Tensor2D): tf.Tensor1D {
  const forward = () => {
    const [value, slope] = slopeOfDense(logits, probabilities);
    return { value, saved: [slope, probabilities, logits] };
  };
  return withGradient([logits, probabilities], forward, (dy, saved) => {
    const [slope, p, x] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    const column = tf.expandDims(dy, 1);
    // TensorFlow's slope is softmax − p, right only where p sums to 1.
    const softmax = (): tf.Tensor => (createsGraph() ? tf.softmax(x) : tf.add(slope, p));
    const slopeOfLogits = () => tf.sub(tf.mul(softmax(), tf.sum(p, 1, true)), p);
    return [() => productOf(slopeOfLogits(), column), () => tf.neg(tf.mul(tf.logSoftmax(x), column))];
  });
}
