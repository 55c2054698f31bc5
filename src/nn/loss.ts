/** Losses for classes; each gives a scalar unless `reduction` is `none`. Names and defaults are PyTorch's. */
import { refusal } from '../engine/ops/sizes';
import { denseSoftmaxCrossEntropy, sparseSoftmaxCrossEntropy } from '../engine/ops/softmax';
import * as tf from '../engine/tf';
import { checkFloat, checkShape } from './fitting';
import { reduce, Reduction } from './reduction';

/** PyTorch's options of cross-entropy and their defaults: no weights, −100 ignored, no smoothing, the mean. */
export interface CrossEntropyOptions {
  /** Weight of each class, `[k]`; the mean is then weighted too. */
  readonly weight?: tf.Tensor1D;
  /** Targets of this class count for nothing. */
  readonly ignoreIndex?: number;
  /** Share of each target that is spread evenly over all classes, in [0, 1]. */
  readonly labelSmoothing?: number;
  readonly reduction?: Reduction;
}

/**
 * −log softmax(logits)[target], in the mean: PyTorch's `F.cross_entropy`.
 * @param logits `[…, k]`, classes last (PyTorch has them second)
 * @param target class numbers, int32 `[…]`, or a distribution over the classes for each sample, float32 `[…, k]`
 * @throws RangeError if `labelSmoothing` is outside [0, 1] or a class is out of range, TypeError if the shapes do not fit
 */
export function crossEntropy(
  logits: tf.Tensor,
  target: tf.Tensor,
  options: CrossEntropyOptions = {},
): tf.Scalar {
  const { labelSmoothing = 0 } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new RangeError(`Cannot call crossEntropy: labelSmoothing must be in [0, 1], got ${labelSmoothing}`);
  }
  const dense = target.rank === logits.rank;
  if (!dense || !tf.util.arraysEqual(logits.shape, target.shape)) checkTarget('crossEntropy', logits, target);
  checkFloat('crossEntropy', logits, 'logits');
  if (dense) checkFloat('crossEntropy', target, 'target');
  if (options.weight) checkShape('crossEntropy', 'weight', options.weight, logits.shape.slice(-1));
  return dense ? ofProbabilities(logits, target, options) : ofClasses(logits, target, options);
}

/**
 * −logProbabilities[target], in the mean: PyTorch's `F.nll_loss`, which after `logSoftmax` is `crossEntropy`.
 * @param logProbabilities `[…, k]`, classes last
 * @param target class numbers, int32 `[…]`
 * @throws TypeError if the shapes do not fit, RangeError for a class out of range
 */
export function nllLoss(
  logProbabilities: tf.Tensor,
  target: tf.Tensor,
  { weight, ignoreIndex = -100, reduction = 'mean' }: Omit<CrossEntropyOptions, 'labelSmoothing'> = {},
): tf.Scalar {
  const k = logProbabilities.shape.at(-1) ?? 1;
  checkTarget('nllLoss', logProbabilities, target);
  if (weight) checkShape('nllLoss', 'weight', weight, [k]);
  const { safe, kept } = keptTargets(target, ignoreIndex);
  const rows = tf.reshape(logProbabilities, [safe.size, k]);
  const pick = (): tf.Tensor => tf.squeeze(tf.gather(rows, tf.expandDims(safe, 1), 1, 1), [1]);
  const picked = withinClasses('nllLoss', target, k, ignoreIndex, pick);
  const counts = countsOf(safe, kept, weight);
  const losses = counted(tf.mul(tf.neg(picked), counts), kept);
  if (reduction === 'none') return tf.reshape(losses, target.shape);
  return reduction === 'sum' ? tf.sum(losses) : tf.div(tf.sum(losses), tf.sum(counts));
}

function ofClasses(logits: tf.Tensor, target: tf.Tensor, options: CrossEntropyOptions): tf.Scalar {
  const { weight, ignoreIndex = -100, labelSmoothing = 0, reduction = 'mean' } = options;
  const k = logits.shape.at(-1) ?? 1;
  const { safe, kept } = keptTargets(target, ignoreIndex);
  const rows = tf.reshape(logits, [safe.size, k]);
  const compute = (): tf.Tensor => sparseSoftmaxCrossEntropy(rows, safe);
  const single = withinClasses('crossEntropy', target, k, ignoreIndex, compute);
  const counts = countsOf(safe, kept, weight);
  let losses = counted(tf.mul(single, counts), kept);
  if (labelSmoothing > 0) {
    const even = weight ? tf.div(weight, k) : tf.fill([k], 1 / k);
    const spread = denseSoftmaxCrossEntropy(rows, tf.broadcastTo(even, rows.shape));
    losses = tf.add(tf.mul(losses, 1 - labelSmoothing), tf.mul(counted(spread, kept), labelSmoothing));
  }
  if (reduction === 'none') return tf.reshape(losses, target.shape);
  const sum = tf.sum(losses);
  return reduction === 'sum' ? sum : tf.div(sum, tf.sum(counts));
}

function ofProbabilities(logits: tf.Tensor, target: tf.Tensor, options: CrossEntropyOptions): tf.Scalar {
  const { weight, labelSmoothing = 0, reduction = 'mean' } = options;
  const k = logits.shape.at(-1) ?? 1;
  const rows = tf.reshape(logits, [-1, k]);
  let probabilities = tf.reshape(target, [-1, k]);
  if (labelSmoothing > 0) {
    probabilities = tf.add(tf.mul(probabilities, 1 - labelSmoothing), labelSmoothing / k);
  }
  if (weight) probabilities = tf.mul(probabilities, weight);
  const losses = denseSoftmaxCrossEntropy(rows, probabilities);
  return reduce(tf.reshape(losses, target.shape.slice(0, -1)), reduction);
}

/** Targets are one axis short of the logits; of images PyTorch has the classes second, which is told. */
function checkTarget(what: string, { shape }: tf.Tensor, target: tf.Tensor): void {
  const [b = 0, , ...places] = shape;
  if (shape.length > 0 && tf.util.arraysEqual(shape.slice(0, -1), target.shape)) return;
  const numbers = `a target [${shape.slice(0, -1).join(', ')}] of class numbers`;
  const either = what === 'nllLoss' ? numbers : `${numbers} or [${shape.join(', ')}] of probabilities`;
  const turned = shape.length > 2 && tf.util.arraysEqual([b, ...places], target.shape);
  const order = [0, ...places.map((_, i) => i + 2), 1].join(', ');
  const hint = turned ? `logits.permute(${order}) puts the classes last` : '';
  throw refusal(what, `for logits [${shape.join(', ')}] ${either}`, target, hint);
}

/** Losses of the samples that are kept, 0 of the others, even where these are not a number; so with gradients. */
const counted = (losses: tf.Tensor, kept: tf.Tensor): tf.Tensor => tf.where(kept, losses, tf.zeros([]));

/** Targets `[b]` with ignored ones set to 0, and which are kept (bool). */
function keptTargets(target: tf.Tensor, ignoreIndex: number): Record<'safe' | 'kept', tf.Tensor1D> {
  const classes = tf.cast(tf.reshape(target, [-1]), 'int32');
  const kept = tf.notEqual(classes, tf.scalar(ignoreIndex, 'int32'));
  return { safe: tf.mul(classes, tf.cast(kept, 'int32')), kept }; // an ignored class may be out of range
}

/** How much each target counts. */
function countsOf(safe: tf.Tensor1D, kept: tf.Tensor1D, weight: tf.Tensor1D | undefined): tf.Tensor1D {
  const ones = tf.cast(kept, 'float32');
  return weight ? tf.mul(tf.gather(weight, safe), ones) : ones;
}

/**
 * What `compute` gives; where TensorFlow refuses a class, the sentence says which and where. On a GPU it refuses none: the
 * loss is not a number then, or 0.
 * @throws RangeError for a class that there is not
 */
export function withinClasses(
  what: string,
  target: tf.Tensor,
  k: number,
  ignoreIndex: number | undefined,
  compute: () => tf.Tensor,
): tf.Tensor {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const classes = target.dataSync();
    const at = classes.findIndex((one) => one !== ignoreIndex && !(one >= 0 && one < k));
    if (at < 0) throw error;
    const place = tf.util.indexToLoc(at, target.rank, tf.util.computeStrides(target.shape));
    throw new RangeError(
      `Cannot call ${what}: expected classes from 0 to ${k - 1}` +
        `${ignoreIndex === undefined ? '' : `, or ignoreIndex ${ignoreIndex}`}, ` +
        `got ${classes[at]} at [${place.join(', ')}] of the target`,
      { cause: error },
    );
  }
}
