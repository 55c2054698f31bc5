/** Distances and similarities between vectors, as functions and as modules. */
import { withGradient } from '../engine/autograd';
import { refusal } from '../engine/ops/sizes';
import * as tf from '../engine/tf';
import { checkBroadcast, checkFloat } from './fitting';
import { Module } from './module';

/** √Σ|x|ᵖ along an axis for any p above 0, Infinity too; its slope at 0 is 0, as PyTorch's. */
export function vectorNorm(x: tf.Tensor, p: number, axis: number, keepDims = false): tf.Tensor {
  return withGradient(
    [x],
    () => {
      const size = tf.abs(x);
      const total =
        p === Infinity
          ? tf.max(size, axis, true)
          : p === 2
            ? tf.sqrt(tf.sum(tf.square(x), axis, true))
            : tf.pow(tf.sum(tf.pow(size, p), axis, true), 1 / p);
      return {
        value: keepDims ? total : tf.squeeze(total, [axis < 0 ? axis + x.rank : axis]),
        saved: [x, total],
      };
    },
    (dy, saved) => [
      () => {
        const [x, total] = saved as [tf.Tensor, tf.Tensor];
        return tf.mul(tf.reshape(dy, total.shape), normSlope(x, total, p, axis));
      },
    ],
  );
}

/** The slope of the norm `total`: x·|x|^(p − 2) / total^(p − 1), shared evenly by the largest ones for Infinity. */
function normSlope(x: tf.Tensor, total: tf.Tensor, p: number, axis: number): tf.Tensor {
  if (p === 1) return x.sign();
  if (p === 2) return tf.divNoNan(x, total);
  if (p === Infinity) {
    const largest = tf.cast(tf.equal(tf.abs(x), total), 'float32');
    return tf.mul(x.sign(), tf.div(largest, tf.sum(largest, axis, true)));
  }
  return tf.mul(x.sign(), tf.divNoNan(tf.pow(tf.abs(x), p - 1), tf.pow(total, p - 1)));
}

function checkedAxis(what: string, x: tf.Tensor, dim: number): number {
  const axis = dim < 0 ? dim + x.rank : dim;
  if (Number.isInteger(axis) && axis >= 0 && axis < x.rank) return axis;
  throw new RangeError(`Cannot call ${what}: dim must be an axis of [${x.shape.join(', ')}], got ${dim}`);
}

/** Both tensors in the shape they broadcast to. */
function laidOut(what: string, x1: tf.Tensor, x2: tf.Tensor): [tf.Tensor, tf.Tensor] {
  checkFloat(what, x1, 'x1');
  checkFloat(what, x2, 'x2');
  const rank = Math.max(x1.rank, x2.rank);
  const size = ({ shape }: tf.Tensor, i: number): number => shape[i - rank + shape.length] ?? 1;
  const shape = Array.from({ length: rank }, (_, i) => (size(x1, i) === 1 ? size(x2, i) : size(x1, i)));
  checkBroadcast(what, 'x2', x2, shape);
  return [tf.broadcastTo(x1, shape), tf.broadcastTo(x2, shape)];
}

/**
 * x₁·x₂ / (|x₁|·|x₂|) along an axis, each length at least eps. The axis is 1 unless given, as PyTorch's; of images it
 * counts in our order.
 * @throws TypeError for shapes that do not broadcast, RangeError for no axis
 */
export function cosineSimilarity(x1: tf.Tensor, x2: tf.Tensor, dim = 1, eps = 1e-8): tf.Tensor {
  const [a, b] = laidOut('cosineSimilarity', x1, x2);
  const axis = checkedAxis('cosineSimilarity', a, dim);
  const unit = (x: tf.Tensor) => tf.div(x, tf.maximum(vectorNorm(x, 2, axis, true), eps));
  return tf.sum(tf.mul(unit(a), unit(b)), axis);
}

/** Which distance: the p-norm, Euclid's unless given, of the difference and eps. */
export interface PairwiseDistanceOptions {
  readonly p?: number;
  /** Added to every difference, so that no distance is 0. */
  readonly eps?: number;
  /** Whether the last axis stays, of size 1. */
  readonly keepdim?: boolean;
}

/**
 * |x₁ − x₂ + eps| by the p-norm along the last axis.
 * @throws TypeError for shapes that do not broadcast
 */
export function pairwiseDistance(
  x1: tf.Tensor,
  x2: tf.Tensor,
  { p = 2, eps = 1e-6, keepdim = false }: PairwiseDistanceOptions = {},
): tf.Tensor {
  const [a, b] = laidOut('pairwiseDistance', x1, x2);
  return vectorNorm(tf.add(tf.sub(a, b), eps), p, a.rank - 1, keepdim);
}

/**
 * The p-norm distances of all pairs of rows of `[n, c]`: `[n·(n − 1)/2]`, in the order (0, 1), (0, 2), ….
 * @throws TypeError unless x is `[n, c]`
 */
export function pdist(x: tf.Tensor2D, p = 2): tf.Tensor1D {
  if (x.rank !== 2) throw refusal('pdist', '[n, c]', x);
  checkFloat('pdist', x);
  const [n] = x.shape;
  const pairs = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n - i - 1 }, (_, j) => [i, i + j + 1]),
  );
  const rows = (at: 0 | 1) =>
    tf.gather(
      x,
      tf.tensor1d(
        pairs.flat().map((pair) => pair[at] ?? 0),
        'int32',
      ),
    );
  return vectorNorm(tf.sub(rows(0), rows(1)), p, 1);
}

/** Which norm `normalize` makes 1, along which axis. */
export interface NormalizeOptions {
  readonly p?: number;
  readonly dim?: number;
  readonly eps?: number;
}

/** x divided by its p-norm along an axis, the norm at least eps. @throws RangeError for no axis */
export function normalize(x: tf.Tensor, { p = 2, dim = 1, eps = 1e-12 }: NormalizeOptions = {}): tf.Tensor {
  checkFloat('normalize', x);
  return tf.div(x, tf.maximum(vectorNorm(x, p, checkedAxis('normalize', x, dim), true), eps));
}

/** `cosineSimilarity` as a module. */
export class CosineSimilarity extends Module {
  constructor(
    readonly dim = 1,
    readonly eps = 1e-8,
  ) {
    super();
  }

  forward(x1: tf.Tensor, x2: tf.Tensor): tf.Tensor {
    return cosineSimilarity(x1, x2, this.dim, this.eps);
  }
}

/** `pairwiseDistance` as a module. */
export class PairwiseDistance extends Module {
  readonly norm: number;
  readonly eps: number;
  readonly keepdim: boolean;

  constructor({ p = 2, eps = 1e-6, keepdim = false }: PairwiseDistanceOptions = {}) {
    super();
    [this.norm, this.eps, this.keepdim] = [p, eps, keepdim];
  }

  forward(x1: tf.Tensor, x2: tf.Tensor): tf.Tensor {
    return pairwiseDistance(x1, x2, { p: this.norm, eps: this.eps, keepdim: this.keepdim });
  }
}
