/**
 * Batch normalisation: Ioffe and Szegedy, "Batch Normalization", 2015, https://arxiv.org/abs/1502.03167.
 * Natively one fused operation forward and one backward, several times faster than the composed form.
 */
import { withGradient } from '../autograd/gradient';
import { Attributes, executeMany, isNative } from '../backend/rawops';
import * as tf from '../tf';

/** Per-channel vectors `[c]`. */
export interface BatchNormInputs {
  readonly scale: tf.Tensor1D;
  readonly offset: tf.Tensor1D;
  /** Running mean and variance. */
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
  readonly eps: number;
}

/**
 * Normalises `[b, h, w, c]` by the batch's own mean and (biased) variance.
 * @param update receives the batch's mean and unbiased variance, to be kept in the running statistics
 */
export function batchNormTraining(
  x: tf.Tensor4D,
  inputs: BatchNormInputs,
  update: (mean: tf.Tensor1D, variance: tf.Tensor1D) => void,
): tf.Tensor4D {
  if (isNative()) return fused(x, inputs, true, update);
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  const count = x.size / (x.shape[3] || 1);
  tf.tidy(() => update(mean, tf.mul(variance, count / (count - 1))));
  return composed(x, { ...inputs, mean, variance });
}

/** Normalises `[b, h, w, c]` by the running statistics. */
export function batchNormInference(x: tf.Tensor4D, inputs: BatchNormInputs): tf.Tensor4D {
  return isNative() ? fused(x, inputs, false, () => undefined) : composed(x, inputs);
}

function composed(x: tf.Tensor4D, { scale, offset, mean, variance, eps }: BatchNormInputs): tf.Tensor4D {
  const factor = tf.mul(scale, tf.rsqrt(tf.add(variance, eps)));
  return tf.add(tf.mul(tf.sub(x, mean), factor), offset);
}

function fused(
  x: tf.Tensor4D,
  inputs: BatchNormInputs,
  training: boolean,
  update: (mean: tf.Tensor1D, variance: tf.Tensor1D) => void,
): tf.Tensor4D {
  const { scale, offset, mean, variance, eps } = inputs;
  const attributes: Attributes = {
    T: { type: 'float32' },
    U: { type: 'float32' },
    epsilon: { float: eps },
    data_format: { text: 'NHWC' },
    is_training: { bool: training },
  };
  const forward = () => {
    const outputs = executeMany('FusedBatchNormV3', attributes, [x, scale, offset, mean, variance], 6);
    const [value, batchMean, batchVariance, ...reserves] = outputs;
    update(batchMean as tf.Tensor, batchVariance as tf.Tensor); // this variance is unbiased already
    return { value: value as tf.Tensor, saved: [x, scale, ...reserves] };
  };
  return withGradient([x, scale, offset], forward, (dy, [x, scale, ...reserves]) => {
    const inputs = [dy, x as tf.Tensor, scale as tf.Tensor, ...reserves];
    const gradients = executeMany('FusedBatchNormGradV3', attributes, inputs, 5);
    return gradients.slice(0, 3).map((gradient) => () => gradient);
  });
}

/**
 * (x − mean) / √(variance + eps) over some axes, each group of values by itself: what layer and group normalisation
 * do before they scale. The gradient is written out, since the composed one takes three times as many operations.
 */
export function standardize(x: tf.Tensor, axes: number[], eps: number): tf.Tensor {
  return withGradient(
    [x],
    () => {
      const centred = tf.sub(x, tf.mean(x, axes, true));
      const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), axes, true), eps));
      const value = tf.mul(centred, inverse);
      return { value, saved: [value, inverse] };
    },
    (dy, saved) => [
      () => {
        const [y, inverse] = saved as [tf.Tensor, tf.Tensor];
        const along = tf.mul(y, tf.mean(tf.mul(dy, y), axes, true));
        return tf.mul(tf.sub(tf.sub(dy, tf.mean(dy, axes, true)), along), inverse);
      },
    ],
  );
}
