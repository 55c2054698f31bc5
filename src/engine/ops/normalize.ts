/**
 * Batch normalisation: Ioffe and Szegedy, "Batch Normalization", 2015, https://arxiv.org/abs/1502.03167.
 * Natively one fused operation forward and one backward, several times faster than the composed form.
 */
import { type Exchange, workersExchange } from '../autograd/exchange';
import { linked, source, withGradient } from '../autograd/gradient';
import { createsGraph } from '../autograd/gradmode';
import { edgeOf } from '../autograd/tapenode';
import { Attributes, execute, executeMany, isNative } from '../backend/rawops';
import { dynamicScalar } from '../recording/dynamic';
import { guard } from '../recording/guards';
import { currentShare, weight } from '../recording/share';
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
  const exchange = guard(() => currentShare() !== undefined) ? workersExchange() : undefined;
  if (exchange) return overWorkers(x, inputs, update, exchange);
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

/** Samples of the batch: all, and this worker's. */
function samples(): { total: number; own: number } {
  const { from = 0, to = 1, total = 1 } = currentShare() ?? {};
  return { total, own: to - from };
}

/**
 * By the statistics of the whole batch, of which this worker has a share: what counts for a worker's mean in that of all
 * is the weight of its share. Loss and gradients are means over the share, as everywhere.
 */
function overWorkers(
  x: tf.Tensor4D,
  { scale, offset, eps }: BatchNormInputs,
  update: (mean: tf.Tensor1D, variance: tf.Tensor1D) => void,
  { sum }: Exchange,
): tf.Tensor4D {
  const axes = [0, 1, 2];
  const [b, h, w] = x.shape as [number, number, number, number];
  const forward = () => {
    const share = dynamicScalar(weight);
    const mean = sum(tf.mul<tf.Tensor1D>(tf.mean(x, axes), share));
    const centred = tf.sub(x, mean);
    // a second sum, since the difference of two large numbers would not be as good
    const variance = sum(tf.mul<tf.Tensor1D>(tf.mean(tf.square(centred), axes), share));
    const count = dynamicScalar(() => (b * h * w * samples().total) / samples().own);
    update(mean, tf.mul(variance, tf.div(count, tf.sub(count, 1))));
    const inverse = tf.rsqrt(tf.add(variance, eps));
    const normal = tf.mul(centred, inverse);
    return { value: tf.add<tf.Tensor4D>(tf.mul(normal, scale), offset), saved: [normal, inverse, scale] };
  };
  return withGradient([x, scale, offset], forward, (dy, saved) => {
    const [normal, inverse, scale] = saved as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
    const along = tf.stack([tf.sum(dy, axes), tf.sum(tf.mul(dy, normal), axes)]); // [2, c]
    const means = tf.unstack(tf.div(sum(tf.mul(along, dynamicScalar(weight))), b * h * w));
    const [level, slope] = means as [tf.Tensor, tf.Tensor];
    const [shift, stretch] = tf.unstack(along) as [tf.Tensor, tf.Tensor];
    const dx = tf.mul(tf.sub(tf.sub(dy, level), tf.mul(normal, slope)), tf.mul(inverse, scale));
    return [() => dx, () => stretch, () => shift];
  });
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
  const edge = edgeOf(x);
  const forward = () => {
    const shift = training && tf.device.kind === 'cpu' ? onePixel(x) : undefined;
    const near = shift ? execute<tf.Tensor>('BiasAdd', BIAS, [x, tf.neg(shift)]) : x;
    const outputs = executeMany('FusedBatchNormV3', attributes, [near, scale, offset, mean, variance], 6);
    const [value, batchMean, batchVariance, ...given] = outputs as [tf.Tensor, tf.Tensor, tf.Tensor];
    // By given statistics the gradient wants those; oneDNN hands them on, TensorFlow's own kernel does not.
    const reserves = training ? given : [mean, variance, ...given.slice(2)];
    update(shift ? tf.add(batchMean, shift) : batchMean, batchVariance); // this variance is unbiased already
    return { value, saved: [near, scale, ...reserves, ...source(x)] };
  };
  return withGradient([x, scale, offset], forward, (dy, saved) => {
    const [near, scale, ...kept] = saved as [tf.Tensor, tf.Tensor, ...tf.Tensor[]];
    if (createsGraph()) {
      const again = kept[RESERVES] ?? linked(() => near.clone(), edge);
      return slopesOfBatchNorm(dy, again, scale, inputs, training);
    }
    const given = [dy, near, scale, ...kept.slice(0, RESERVES)];
    const gradients = executeMany('FusedBatchNormGradV3', attributes, given, 5);
    return gradients.slice(0, 3).map((gradient) => () => gradient);
  });
}

/** How many outputs are kept for the gradient. */
const RESERVES = 3;
const BIAS = { T: { type: 'float32' }, data_format: { text: 'NHWC' } } as const;

/**
 * The first pixel's channels. Taken off all pixels it changes nothing but the rounding: TensorFlow's sums on a CPU lose
 * small differences of large numbers.
 */
const onePixel = (x: tf.Tensor): tf.Tensor => {
  const c = x.shape[3] ?? 1;
  return tf.reshape(tf.slice(x, [0, 0, 0, 0], [1, 1, 1, c]), [c]);
};

/** The gradients of `fused` in operations that have gradients themselves. */
function slopesOfBatchNorm(
  dy: tf.Tensor,
  x: tf.Tensor,
  scale: tf.Tensor,
  { mean, variance, eps }: BatchNormInputs,
  training: boolean,
): (() => tf.Tensor)[] {
  const axes = [0, 1, 2];
  const sum = (of: tf.Tensor): tf.Tensor => tf.sum(of, axes);
  const centred = tf.sub(x, training ? tf.mean(x, axes) : mean);
  const spread = training ? tf.mean(tf.square(centred), axes) : variance;
  const inverse = tf.rsqrt(tf.add(spread, eps));
  const y = tf.mul(centred, inverse);
  const slope = (): tf.Tensor => {
    const scaled = tf.mul(dy, scale);
    return training ? slopeOfStandard(scaled, y, inverse, axes) : tf.mul(scaled, inverse);
  };
  return [slope, () => sum(tf.mul(dy, y)), () => sum(dy)];
}

/**
 * (x − mean) / √(variance + eps) over some axes, each group of values by itself: what layer and group normalisation
 * do before they scale. The gradient is written out, since the composed one takes three times as many operations.
 */
export function standardize(x: tf.Tensor, axes: number[], eps: number): tf.Tensor {
  const edge = edgeOf(x);
  const forward = () => {
    const centred = tf.sub(x, tf.mean(x, axes, true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), axes, true), eps));
    const value = tf.mul(centred, inverse);
    return { value, saved: [value, inverse, ...source(x)] };
  };
  return withGradient([x], forward, (dy, saved) => [
    () => {
      const [y, inverse, itself] = saved as [tf.Tensor, tf.Tensor, tf.Tensor | undefined];
      if (!createsGraph()) return slopeOfStandard(dy, y, inverse, axes);
      // Once more as a function of x; a shift of x changes nothing, so that it need not be kept.
      const centred = itself ?? linked(() => tf.div(y, inverse), edge);
      const again = tf.sub(centred, tf.mean(centred, axes, true));
      const scale = tf.rsqrt(tf.add(tf.mean(tf.square(again), axes, true), eps));
      return slopeOfStandard(dy, tf.mul(again, scale), scale, axes);
    },
  ]);
}

function slopeOfStandard(dy: tf.Tensor, y: tf.Tensor, inverse: tf.Tensor, axes: number[]): tf.Tensor {
  const along = tf.mul(y, tf.mean(tf.mul(dy, y), axes, true));
  return tf.mul(tf.sub(tf.sub(dy, tf.mean(dy, axes, true)), along), inverse);
}
