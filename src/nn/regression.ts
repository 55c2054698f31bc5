/** Losses between numbers, element by element; `y` is the target. Names and defaults are PyTorch's. */
import { withGradient } from '../engine/autograd';
import { refusal, shapeText } from '../engine/ops/sizes';
import * as tf from '../engine/tf';
import { checkBroadcast } from './fitting';
import { reduce, Reduction } from './reduction';

/** How a loss becomes one number: by the mean unless given. */
export interface LossOptions {
  readonly reduction?: Reduction;
}

/** (x − y)². */
export function mseLoss(x: tf.Tensor, y: tf.Tensor, { reduction = 'mean' }: LossOptions = {}): tf.Scalar {
  return reduce(tf.square(difference('mseLoss', x, y)), reduction);
}

/** |x − y|. */
export function l1Loss(x: tf.Tensor, y: tf.Tensor, { reduction = 'mean' }: LossOptions = {}): tf.Scalar {
  return reduce(tf.abs(difference('l1Loss', x, y)), reduction);
}

/**
 * ½(x − y)² up to a distance of delta, beyond it delta·(|x − y| − ½delta).
 * @throws RangeError unless `delta` is above 0
 */
export function huberLoss(
  x: tf.Tensor,
  y: tf.Tensor,
  { delta = 1, reduction = 'mean' }: LossOptions & { readonly delta?: number } = {},
): tf.Scalar {
  if (!(delta > 0)) throw new RangeError(`Cannot call huberLoss: delta must be above 0, got ${delta}`);
  return reduce(huber(difference('huberLoss', x, y), delta), reduction);
}

/**
 * huberLoss with delta = beta, divided by beta; for beta 0 the same as l1Loss.
 * @throws RangeError unless `beta` is at least 0
 */
export function smoothL1Loss(
  x: tf.Tensor,
  y: tf.Tensor,
  { beta = 1, reduction = 'mean' }: LossOptions & { readonly beta?: number } = {},
): tf.Scalar {
  if (!(beta >= 0)) throw new RangeError(`Cannot call smoothL1Loss: beta must be at least 0, got ${beta}`);
  const d = difference('smoothL1Loss', x, y);
  return reduce(beta === 0 ? tf.abs(d) : tf.div(huber(d, beta), beta), reduction);
}

/** Weights of binary cross-entropy; all 1 unless given. */
export interface BceOptions extends LossOptions {
  /** Weight of each element; broadcast. */
  readonly weight?: tf.Tensor;
  /** Weight of the positive targets of each class `[k]`; above 1 it favours recall. */
  readonly posWeight?: tf.Tensor;
}

/**
 * −y·log x − (1 − y)·log(1 − x) of probabilities x, the logarithms cut off at −100, as PyTorch's `F.binary_cross_entropy`
 * has it; after a sigmoid `bceWithLogits` is more exact.
 */
export function binaryCrossEntropy(
  x: tf.Tensor,
  y: tf.Tensor,
  { weight, reduction = 'mean' }: Omit<BceOptions, 'posWeight'> = {},
): tf.Scalar {
  checkTarget('binaryCrossEntropy', x, y);
  if (weight) checkBroadcast('binaryCrossEntropy', 'weight', weight, x.shape);
  const losses = withGradient(
    [x],
    () => {
      const log = (p: tf.Tensor): tf.Tensor => tf.maximum(tf.log(p), -100);
      const value = tf.neg(tf.add(tf.mul(y, log(x)), tf.mul(tf.sub(1, y), log(tf.sub(1, x)))));
      return { value, saved: [x, y] };
    },
    (dy, saved) => {
      const [x, y] = saved as [tf.Tensor, tf.Tensor];
      // PyTorch's bound where x is 0 or 1
      return [() => tf.mul(dy, tf.div(tf.sub(x, y), tf.maximum(tf.mul(x, tf.sub(1, x)), 1e-12)))];
    },
  );
  return reduce(weight ? tf.mul(losses, weight) : losses, reduction);
}

/** −y·log σ(x) − (1 − y)·log(1 − σ(x)) of logits x, without overflow for large ones. */
export function bceWithLogits(x: tf.Tensor, y: tf.Tensor, options: BceOptions = {}): tf.Scalar {
  const { weight, posWeight, reduction = 'mean' } = options;
  checkTarget('bceWithLogits', x, y);
  if (weight) checkBroadcast('bceWithLogits', 'weight', weight, x.shape);
  if (posWeight) checkBroadcast('bceWithLogits', 'posWeight', posWeight, x.shape);
  const negative = tf.softplus(tf.neg(x)); // −log σ(x)
  const scaled = posWeight ? tf.mul(negative, tf.add(tf.mul(tf.sub(posWeight, 1), y), 1)) : negative;
  const losses = tf.add(tf.mul(tf.sub(1, y), x), scaled);
  return reduce(weight ? tf.mul(losses, weight) : losses, reduction);
}

function huber(d: tf.Tensor, delta: number): tf.Tensor {
  const distance = tf.abs(d);
  const near = tf.minimum(distance, delta);
  return tf.add(tf.mul(tf.square(near), 0.5), tf.mul(tf.sub(distance, near), delta));
}

function difference(what: string, x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  checkTarget(what, x, y);
  return tf.sub(x, y);
}

/** PyTorch only warns when shapes differ and then broadcasts, which is nearly always a mistake. */
function checkTarget(what: string, x: tf.Tensor, y: tf.Tensor): void {
  if (tf.util.arraysEqual(x.shape, y.shape)) return;
  const bare = ({ shape }: tf.Tensor): string => String(shape.filter((size) => size !== 1));
  const hint = bare(x) === bare(y) ? `y.view(${x.shape.join(', ')}) arranges it so` : '';
  throw refusal(what, `a target of the input's shape ${shapeText(x)}`, y, hint);
}
