/** Losses that are negative logarithms of a likelihood, or a distance between distributions. */
import { withGradient } from '../engine/autograd';
import { refusal, shapeText } from '../engine/ops/sizes';
import * as tf from '../engine/tf';
import { checkFloat } from './fitting';
import { reduce, type Reduction } from './reduction';

/**
 * Checks that a target has the input's shape.
 * @throws TypeError for another one, or for an input that is not float32
 */
export function checkSame(what: string, x: tf.Tensor, y: tf.Tensor): void {
  if (!tf.util.arraysEqual(x.shape, y.shape)) {
    const bare = ({ shape }: tf.Tensor): string => String(shape.filter((size) => size !== 1));
    const hint = bare(x) === bare(y) ? `y.view(${x.shape.join(', ')}) arranges it so` : '';
    throw refusal(what, `a target of the input's shape ${shapeText(x)}`, y, hint);
  }
  checkFloat(what, x);
}

/** PyTorch's options of `klDiv`: `batchmean` is the sum divided by the batch, what the mathematics say. */
export interface KLDivOptions {
  readonly reduction?: Reduction | 'batchmean';
  /** Whether the target holds logarithms, too. */
  readonly logTarget?: boolean;
}

/** y·(log y − x) of logarithms x and probabilities y, 0 where y is. */
export function klDiv(
  x: tf.Tensor,
  y: tf.Tensor,
  { reduction = 'mean', logTarget = false }: KLDivOptions = {},
): tf.Scalar {
  checkSame('klDiv', x, y);
  const losses = logTarget ? tf.mul(tf.exp(y), tf.sub(y, x)) : tf.sub(xlogx(y), tf.mul(y, x));
  if (reduction !== 'batchmean') return reduce(losses, reduction);
  return tf.div(tf.sum(losses), x.shape[0] ?? 1);
}

/** y·log y, 0 at 0. */
function xlogx(y: tf.Tensor): tf.Tensor {
  return tf.mul(y, tf.log(tf.add(y, tf.cast(tf.equal(y, 0), 'float32'))));
}

/** PyTorch's options of `poissonNllLoss`: x is the logarithm of the rate, without the target's own term. */
export interface PoissonNllOptions {
  readonly logInput?: boolean;
  /** Whether Stirling's approximation of log(y!) is added where y is above 1. */
  readonly full?: boolean;
  readonly eps?: number;
  readonly reduction?: Reduction;
}

/** eˣ − y·x, or x − y·log(x + eps) of a rate x that is no logarithm. */
export function poissonNllLoss(
  x: tf.Tensor,
  y: tf.Tensor,
  { logInput = true, full = false, eps = 1e-8, reduction = 'mean' }: PoissonNllOptions = {},
): tf.Scalar {
  checkSame('poissonNllLoss', x, y);
  const target = tf.cast(y, 'float32');
  const losses = logInput
    ? tf.sub(tf.exp(x), tf.mul(target, x))
    : tf.sub(x, tf.mul(target, tf.log(tf.add(x, eps))));
  return reduce(full ? tf.add(losses, stirling(target)) : losses, reduction);
}

/** y·log y − y + ½·log(2πy) where y is above 1, else 0. */
function stirling(y: tf.Tensor): tf.Tensor {
  const counts = tf.greater(y, 1);
  const safe = tf.maximum(y, 1);
  const term = tf.add(
    tf.sub(tf.mul(safe, tf.log(safe)), safe),
    tf.mul(tf.log(tf.mul(safe, 2 * Math.PI)), 0.5),
  );
  return tf.mul(term, tf.cast(counts, 'float32'));
}

/** PyTorch's options of `gaussianNllLoss`: no constant term, variances of at least 1e-6. */
export interface GaussianNllOptions {
  /** Whether ½·log 2π is added. */
  readonly full?: boolean;
  readonly eps?: number;
  readonly reduction?: Reduction;
}

/**
 * ½·(log v + (x − y)² / v), v at least eps; its gradient goes on where v is cut.
 * @param variance of each element, of each row (`[…]` or `[…, 1]`), or one number
 * @throws TypeError unless shapes fit, RangeError for a negative number
 */
export function gaussianNllLoss(
  x: tf.Tensor,
  y: tf.Tensor,
  variance: tf.Tensor | number,
  { full = false, eps = 1e-6, reduction = 'mean' }: GaussianNllOptions = {},
): tf.Scalar {
  checkFloat('gaussianNllLoss', x);
  if (typeof variance === 'number' && !(variance >= 0)) {
    throw new RangeError(`Cannot call gaussianNllLoss: the variance must be at least 0, got ${variance}`);
  }
  const given = typeof variance === 'number' ? tf.fill(x.shape, variance) : variance;
  const v = atLeast(laidOut(x, given), eps);
  const square = tf.div(tf.square(tf.sub(x, y)), v);
  const losses = tf.mul(tf.add(tf.log(v), square), 0.5);
  return reduce(full ? tf.add(losses, 0.5 * Math.log(2 * Math.PI)) : losses, reduction);
}

/** Variances in a shape that broadcasts to that of x: one axis may be missing at the end, or be of size 1. */
function laidOut(x: tf.Tensor, variance: tf.Tensor): tf.Tensor {
  const { shape } = variance;
  if (tf.util.arraysEqual(shape, x.shape.slice(0, -1))) return tf.expandDims(variance, -1);
  const wrong = x.shape.filter((size, i) => size !== shape[i]);
  const narrow = wrong.length === 1 && shape.every((size, i) => size === x.shape[i] || size === 1);
  if (shape.length === x.rank && (wrong.length === 0 || narrow)) return variance;
  throw refusal('gaussianNllLoss', `a variance for each element or row of [${x.shape.join(', ')}]`, variance);
}

function atLeast(x: tf.Tensor, low: number): tf.Tensor {
  return withGradient(
    [x],
    () => ({ value: tf.maximum(x, low), saved: [] }),
    (dy) => [() => dy],
  );
}
