/** Losses that ask for a margin: nothing is lost where the right answer leads by enough. Targets are 1 or −1, or classes. */
import { refusal } from '../engine/ops/sizes';
import * as tf from '../engine/tf';
import { pairwiseDistance } from './distance';
import { checkFloat, checkShape } from './fitting';
import { checkSame } from './likelihoods';
import { withinClasses } from './loss';
import { hot } from './onehot';
import { reduce, type Reduction } from './reduction';

/** PyTorch's options: the mean, and the margin each loss says. */
export interface MarginOptions {
  readonly margin?: number;
  readonly reduction?: Reduction;
}

/** Targets as float32, whatever number type they have. */
const float = (y: tf.Tensor): tf.Tensor => tf.cast(y, 'float32');
/** max(0, x) with the gradient of PyTorch's `clamp`, which goes through at 0; that of ReLU does not. */
const atLeast0 = (x: tf.Tensor): tf.Tensor => tf.clipByValue(x, 0, Infinity);
const is = (y: tf.Tensor, value: number): tf.Tensor => float(tf.equal(y, value));

/** x where y is 1, max(0, margin − x) where it is −1 (margin 1): x is a distance. */
export function hingeEmbeddingLoss(
  x: tf.Tensor,
  y: tf.Tensor,
  { margin = 1, reduction = 'mean' }: MarginOptions = {},
): tf.Scalar {
  checkSame('hingeEmbeddingLoss', x, y);
  const unless = (value: number, loss: tf.Tensor): tf.Tensor =>
    tf.where(tf.equal(y, value), tf.zeros([]), loss);
  return reduce(tf.add(unless(1, atLeast0(tf.sub(margin, x))), unless(-1, x)), reduction);
}

/** log(1 + e^(−y·x)), finite where PyTorch's overflows: its gradient is NaN from −y·x = 89 on, this one −y. */
export function softMarginLoss(
  x: tf.Tensor,
  y: tf.Tensor,
  { reduction = 'mean' }: Omit<MarginOptions, 'margin'> = {},
): tf.Scalar {
  checkSame('softMarginLoss', x, y);
  return reduce(tf.softplus(tf.neg(tf.mul(float(y), x))), reduction);
}

/** max(0, −y·(x₁ − x₂) + margin) (margin 0): y is 1 where x₁ shall be the larger one. */
export function marginRankingLoss(
  x1: tf.Tensor,
  x2: tf.Tensor,
  y: tf.Tensor,
  { margin = 0, reduction = 'mean' }: MarginOptions = {},
): tf.Scalar {
  checkSame('marginRankingLoss', x1, x2);
  checkSame('marginRankingLoss', x1, y);
  return reduce(atLeast0(tf.add(tf.mul(tf.neg(float(y)), tf.sub(x1, x2)), margin)), reduction);
}

/**
 * 1 − cos(x₁, x₂) where y is 1, max(0, cos − margin) where it is −1 (margin 0): `[b, c]` twice, `[b]`; or `[c]`, `[]`.
 * @throws TypeError unless shapes fit
 */
export function cosineEmbeddingLoss(
  x1: tf.Tensor,
  x2: tf.Tensor,
  y: tf.Tensor,
  { margin = 0, reduction = 'mean' }: MarginOptions = {},
): tf.Scalar {
  if (x1.rank < 1 || x1.rank > 2) throw refusal('cosineEmbeddingLoss', '[b, c] or [c]', x1);
  checkSame('cosineEmbeddingLoss', x1, x2);
  checkShape('cosineEmbeddingLoss', 'y', y, x1.shape.slice(0, -1));
  const square = (x: tf.Tensor) => tf.add(tf.sum(tf.square(x), -1), 1e-12);
  const cos = tf.div(tf.sum(tf.mul(x1, x2), -1), tf.sqrt(tf.mul(square(x1), square(x2))));
  const near = tf.mul(tf.sub(1, cos), is(y, 1));
  return reduce(tf.add(near, tf.mul(atLeast0(tf.sub(cos, margin)), is(y, -1))), reduction);
}

/** PyTorch's options: Euclid's distance, margin 1, no swap. */
export interface TripletMarginOptions extends MarginOptions {
  /** Which p-norm. */
  readonly p?: number;
  readonly eps?: number;
  /** Takes the positive example in the anchor's place where it is nearer to the negative one. */
  readonly swap?: boolean;
}

/** The same with a distance of one's own, a function of two batches. */
export interface TripletDistanceOptions extends MarginOptions {
  /** How far two batches are apart; Euclid's distance unless given. */
  readonly distanceFunction?: ((a: tf.Tensor, b: tf.Tensor) => tf.Tensor) | null;
  readonly swap?: boolean;
}

/**
 * max(0, d(anchor, positive) − d(anchor, negative) + margin): Balntas et al., 2016. Any distance; the p-norm's unless
 * given.
 * @throws RangeError unless `margin` is above 0
 */
export function tripletMarginWithDistanceLoss(
  anchor: tf.Tensor,
  positive: tf.Tensor,
  negative: tf.Tensor,
  options: TripletDistanceOptions = {},
): tf.Scalar {
  return triplet('tripletMarginWithDistanceLoss', [anchor, positive, negative], {
    ...options,
    distance: options.distanceFunction ?? ((a, b) => pairwiseDistance(a, b)),
  });
}

/**
 * max(0, d(anchor, positive) − d(anchor, negative) + margin), d the p-norm of differences: `[b, c]` or `[c]` each.
 * @throws RangeError unless `margin` is above 0
 */
export function tripletMarginLoss(
  anchor: tf.Tensor,
  positive: tf.Tensor,
  negative: tf.Tensor,
  { p = 2, eps = 1e-6, ...options }: TripletMarginOptions = {},
): tf.Scalar {
  const distance = (a: tf.Tensor, b: tf.Tensor) => pairwiseDistance(a, b, { p, eps });
  return triplet('tripletMarginLoss', [anchor, positive, negative], { ...options, distance });
}

function triplet(
  what: string,
  [anchor, positive, negative]: readonly [tf.Tensor, tf.Tensor, tf.Tensor],
  options: Omit<TripletDistanceOptions, 'distanceFunction'> & {
    readonly distance: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
  },
): tf.Scalar {
  const { margin = 1, swap = false, reduction = 'mean', distance } = options;
  if (!(margin > 0)) throw new RangeError(`Cannot call ${what}: margin must be above 0, got ${margin}`);
  checkSame(what, anchor, positive);
  checkSame(what, anchor, negative);
  const away = distance(anchor, negative);
  const far = swap ? tf.minimum(away, distance(positive, negative)) : away;
  return reduce(atLeast0(tf.add(tf.sub(distance(anchor, positive), far), margin)), reduction);
}

/** PyTorch's options: margin 1, p 1, no weights. */
export interface MultiMarginOptions extends MarginOptions {
  /** 1, or 2 for squares. */
  readonly p?: 1 | 2;
  /** Weight of each class, `[k]`. */
  readonly weight?: tf.Tensor1D;
}

/** What is above 0 and counts; what is not a number does not, nor has it a gradient. */
const shortOf = (x: tf.Tensor, counts: tf.Tensor): tf.Tensor =>
  tf.where(tf.logicalAnd(tf.greater(x, 0), tf.cast(counts, 'bool')), x, tf.zeros([]));

/** Logits as rows `[b, k]`, and whether there was one alone, `[k]`. */
function rowsOf(what: string, x: tf.Tensor): tf.Tensor2D {
  if (x.rank < 1 || x.rank > 2) throw refusal(what, 'logits [b, k] or [k]', x);
  checkFloat(what, x);
  return x.rank === 2 ? x : tf.expandDims(x, 0);
}

/**
 * Σ max(0, margin − x[y] + x[i])ᵖ / k over the other classes i: `[b, k]` and class numbers int32 `[b]`.
 * @throws RangeError unless `p` is 1 or 2, TypeError unless shapes fit
 */
export function multiMarginLoss(
  x: tf.Tensor,
  y: tf.Tensor,
  { p = 1, margin = 1, weight, reduction = 'mean' }: MultiMarginOptions = {},
): tf.Scalar {
  if (![1, 2].includes(p)) throw new RangeError(`Cannot call multiMarginLoss: p must be 1 or 2, got ${p}`);
  const rows = rowsOf('multiMarginLoss', x);
  checkShape('multiMarginLoss', 'y', y, x.shape.slice(0, -1));
  const [, k = 0] = rows.shape;
  if (weight) checkShape('multiMarginLoss', 'weight', weight, [k]);
  const classes = tf.reshape(tf.cast(y, 'int32'), [-1]);
  const pick = (): tf.Tensor => tf.gather(rows, tf.expandDims(classes, 1), 1, 1);
  const score = withinClasses('multiMarginLoss', y, k, undefined, pick);
  const short = shortOf(tf.add(tf.sub(margin, score), rows), is(hot(classes, k), 0));
  const sums = tf.div(tf.sum(p === 1 ? short : tf.square(short), 1), k);
  const weighted = weight ? tf.mul(sums, tf.gather(weight, classes)) : sums;
  return reduce(x.rank === 2 ? weighted : tf.reshape(weighted, []), reduction);
}

/**
 * Σ max(0, 1 − (x[j] − x[i])) / k over the right classes j and the others i: `[b, k]` and int32 `[b, k]`, the right
 * classes first, then −1.
 * @throws TypeError unless shapes fit
 */
export function multilabelMarginLoss(
  x: tf.Tensor,
  y: tf.Tensor,
  { reduction = 'mean' }: Omit<MarginOptions, 'margin'> = {},
): tf.Scalar {
  const rows = rowsOf('multilabelMarginLoss', x);
  checkSame('multilabelMarginLoss', x, y);
  const [b = 0, k = 0] = rows.shape;
  const listed = tf.reshape(tf.cast(y, 'int32'), [b, k]);
  const valid = tf.cumprod(float(tf.greaterEqual(listed, 0)), 1); // all behind the first −1 is nothing
  const places = tf.relu(listed);
  const chosen = tf.mul(hot(places, k), tf.expandDims(valid, 2)); // [b, j, k]
  const others = tf.sub(1, tf.minimum(tf.sum(chosen, 1, true), 1)); // [b, 1, k]
  const pick = (): tf.Tensor => tf.gather(rows, places, 1, 1);
  const right = withinClasses('multilabelMarginLoss', y, k, undefined, pick); // [b, j]
  const ahead = tf.add(tf.sub(1, tf.expandDims(right, 2)), tf.expandDims(rows, 1));
  const short = shortOf(ahead, tf.mul(others, tf.expandDims(valid, 2)));
  const sums = tf.div(tf.sum(short, [1, 2]), k);
  return reduce(x.rank === 2 ? sums : tf.reshape(sums, []), reduction);
}

/** −(y·log σ(x) + (1 − y)·log(1 − σ(x))) in the mean over the classes: `[…, k]` twice, y 0 or 1. */
export function multilabelSoftMarginLoss(
  x: tf.Tensor,
  y: tf.Tensor,
  { weight, reduction = 'mean' }: Pick<MultiMarginOptions, 'weight' | 'reduction'> = {},
): tf.Scalar {
  checkSame('multilabelSoftMarginLoss', x, y);
  if (weight) checkShape('multilabelSoftMarginLoss', 'weight', weight, x.shape.slice(-1));
  const target = float(y);
  const losses = tf.add(tf.mul(target, tf.softplus(tf.neg(x))), tf.mul(tf.sub(1, target), tf.softplus(x)));
  return reduce(tf.mean(weight ? tf.mul(losses, weight) : losses, -1), reduction);
}
