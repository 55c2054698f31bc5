/**
 * Connectionist temporal classification: Graves et al., "Labelling Unsegmented Sequence Data with Recurrent Neural
 * Networks", 2006.
 */
import { withGradient } from '../engine/autograd';
import { refusal, sizesOf } from '../engine/ops/sizes';
import * as tf from '../engine/tf';
import { checkFloat } from './fitting';
import type { Reduction } from './reduction';

/** PyTorch's options of `ctcLoss`: class 0 is the blank, impossible targets cost Infinity. */
export interface CTCOptions {
  /** The class that stands for no label. */
  readonly blank?: number;
  /** `mean` divides each loss by its target's length first. */
  readonly reduction?: Reduction;
  /** Whether impossible targets count for nothing. */
  readonly zeroInfinity?: boolean;
}

/** Lengths of the sequences of a batch: numbers, or int32 `[b]`. */
export type Lengths = readonly number[] | tf.Tensor1D;

/** Stands for log 0: −∞ would turn gradients into NaN. */
const NEVER = -1e30;

/**
 * −log of the probability of a target, summed over all ways of spreading its labels over the steps.
 * @param logProbs `[t, b, k]`, or `[t, k]` of one sequence: what `logSoftmax` gives
 * @param targets class numbers int32 `[b, s]`, or all targets after one another, `[sum of lengths]`
 * @throws TypeError unless shapes fit, RangeError for a blank that is no class or lengths above what there is
 */
export function ctcLoss(
  logProbs: tf.Tensor,
  targets: tf.Tensor,
  inputLengths: Lengths | number,
  targetLengths: Lengths | number,
  { blank = 0, reduction = 'mean', zeroInfinity = false }: CTCOptions = {},
): tf.Scalar {
  const one = logProbs.rank === 2;
  const batch = one ? tf.expandDims<tf.Tensor3D>(logProbs, 1) : logProbs;
  const [t, b, k] = sizesOf('ctcLoss', batch, '[t, b, k]');
  checkFloat('ctcLoss', batch, 'logProbs');
  if (!(Number.isInteger(blank) && blank >= 0 && blank < k)) {
    throw new RangeError(`Cannot call ctcLoss: expected blank to be one of ${k} classes, got ${blank}`);
  }
  const steps = lengthsOf('inputLengths', inputLengths, b, t);
  const counts = lengthsOf(
    'targetLengths',
    targetLengths,
    b,
    targets.rank === 2 ? (targets.shape[1] ?? 0) : targets.size,
  );
  const labels = padded(targets, counts, blank, b);
  const paths = pathLosses(batch, labels, { steps, counts, blank });
  const losses = tf.add<tf.Tensor1D>(paths, normalized(batch, steps));
  const valued = impossible(losses, zeroInfinity ? 0 : Infinity);
  if (reduction === 'none') return one ? tf.reshape(valued, []) : valued;
  if (reduction === 'sum') return tf.sum(valued);
  return tf.mean(tf.div(valued, tf.cast(tf.maximum(counts, 1), 'float32')));
}

/**
 * 0 for each sequence, with the gradient of Σ eˣ over its steps: PyTorch's gradient takes for granted that the input
 * comes from `logSoftmax`, and is that of the logits before it.
 */
function normalized(logProbs: tf.Tensor3D, steps: tf.Tensor1D): tf.Tensor1D {
  const [t = 0] = logProbs.shape;
  return withGradient(
    [logProbs],
    () => {
      const runs = tf.less(tf.expandDims(tf.range(0, t, 1, 'int32'), 1), tf.expandDims(steps, 0)); // [t, b]
      const counted = tf.expandDims(tf.cast(runs, 'float32'), 2);
      return { value: tf.zerosLike(tf.cast(steps, 'float32')), saved: [tf.mul(tf.exp(logProbs), counted)] };
    },
    (dy, [slopes]) => [() => tf.mul(slopes as tf.Tensor, tf.reshape(dy, [1, -1, 1]))],
  );
}

/** Losses with `cost` in the place of those of targets that cannot be, which have no gradient worth the name. */
function impossible(losses: tf.Tensor1D, cost: number): tf.Tensor1D {
  return withGradient(
    [losses],
    () => {
      const possible = tf.less(losses, -NEVER / 2);
      return { value: tf.where(possible, losses, tf.fill(losses.shape, cost)), saved: [possible] };
    },
    (dy, [possible]) => [
      () => tf.where(possible as tf.Tensor, dy, tf.fill(dy.shape, cost === 0 ? 0 : NaN)), // NaN as PyTorch's
    ],
  );
}

interface Paths {
  readonly steps: tf.Tensor1D;
  readonly counts: tf.Tensor1D;
  readonly blank: number;
}

/** −log probabilities `[b]`: labels with a blank between any two are walked through, step by step. */
function pathLosses(
  logProbs: tf.Tensor3D,
  labels: tf.Tensor2D,
  { steps, counts, blank }: Paths,
): tf.Tensor1D {
  const [t = 0, b = 0, k = 0] = logProbs.shape;
  const [, s = 0] = labels.shape;
  const length = 2 * s + 1;
  const states = spread(labels, blank);
  const rows = tf.add(states, tf.expandDims(tf.range(0, b * k, k, 'int32'), 1));
  const emitted = tf.gather(tf.reshape(logProbs, [t, b * k]), tf.reshape(rows, [-1]), 1);
  const at = tf.unstack(tf.reshape(tf.maximum(emitted, NEVER), [t, b, length]));
  const before = tf.pad(
    tf.slice(states, [0, 0], [b, Math.max(length - 2, 0)]),
    ends(length > 1 ? 2 : 1, 0),
    blank,
  );
  const skips = tf.cast(tf.logicalAnd(tf.notEqual(states, blank), tf.notEqual(states, before)), 'float32');
  const barred = tf.mul(tf.sub(1, skips), NEVER);
  const order = tf.expandDims(tf.range(0, length, 1, 'int32'), 0);
  const start = tf.mul(tf.cast(tf.greater(order, 1), 'float32'), NEVER);
  let alpha: tf.Tensor2D = tf.add(at[0] as tf.Tensor, start);
  for (let n = 1; n < t; n++) {
    const next = tf.add(
      logSum([alpha, later(alpha, 1), tf.add(later(alpha, 2), barred)]),
      at[n] as tf.Tensor,
    );
    const runs = tf.expandDims(tf.cast(tf.less(n, steps), 'float32'), 1);
    alpha = tf.add(tf.mul(runs, next), tf.mul(tf.sub(1, runs), alpha));
  }
  const last = tf.expandDims(tf.mul(counts, 2), 1);
  const ending = tf.logicalAnd(tf.lessEqual(order, last), tf.greaterEqual(order, tf.sub(last, 1)));
  const closed = tf.mul(tf.sub(1, tf.cast(ending, 'float32')), NEVER);
  return tf.neg(logSum(tf.unstack(tf.add(alpha, closed), 1)));
}

/** Labels `[b, s]` with blanks before, between and behind them, `[b, 2·s + 1]`. */
function spread(labels: tf.Tensor2D, blank: number): tf.Tensor2D {
  const [b = 0, s = 0] = labels.shape;
  const blanks = tf.fill([b, s + 1], blank, 'int32');
  const pairs = tf.stack([blanks, tf.pad(labels, ends(0, 1), blank)], 2);
  return tf.slice(tf.reshape(pairs, [b, 2 * s + 2]), [0, 0], [b, 2 * s + 1]);
}

const ends = (left: number, right: number): [[number, number], [number, number]] => [
  [0, 0],
  [left, right],
];

/** Each state's value `n` states before it. */
function later(alpha: tf.Tensor2D, n: number): tf.Tensor2D {
  const [b = 0, length = 0] = alpha.shape;
  const kept = Math.max(length - n, 0);
  return tf.pad(tf.slice(alpha, [0, 0], [b, kept]), ends(length - kept, 0), NEVER);
}

/** log Σ eˣ over several tensors of one shape. */
function logSum(parts: readonly tf.Tensor[]): tf.Tensor {
  return tf.logSumExp(tf.stack([...parts], 0), 0);
}

function lengthsOf(name: string, given: Lengths | number, b: number, most: number): tf.Tensor1D {
  const list = typeof given === 'number' ? [given] : given;
  if (list instanceof tf.Tensor) {
    const flat = tf.reshape(tf.cast(list, 'int32'), [-1]);
    if (flat.size === b) return flat;
    throw refusal('ctcLoss', `${name} [${b}]`, list);
  }
  if (list.length !== b) throw refusal('ctcLoss', `${name} of ${b} sequences`, `${list.length}`);
  const wrong = list.find((n) => !(Number.isInteger(n) && n >= 0 && n <= most));
  if (wrong === undefined) return tf.tensor1d([...list], 'int32');
  throw new RangeError(`Cannot call ctcLoss: expected ${name} from 0 to ${most}, got ${wrong}`);
}

/** Targets `[b, s]`, the blank behind their ends. */
function padded(targets: tf.Tensor, counts: tf.Tensor1D, blank: number, b: number): tf.Tensor2D {
  if (targets.dtype !== 'int32')
    throw refusal('ctcLoss', 'targets int32', targets.dtype, 'targets.int() makes them so');
  if (targets.rank === 2 && targets.shape[0] !== b) throw refusal('ctcLoss', `targets [${b}, s]`, targets);
  const rows = targets.rank === 2 ? targets : unjoined(targets, counts);
  const order = tf.expandDims(tf.range(0, rows.shape[1] ?? 0, 1, 'int32'), 0);
  const counted = tf.cast(tf.less(order, tf.expandDims(counts, 1)), 'int32');
  return tf.add(
    tf.mul(rows, counted),
    tf.mul(tf.sub(tf.scalar(1, 'int32'), counted), tf.scalar(blank, 'int32')),
  );
}

/** Targets that stand after one another, as rows. The lengths are read. */
function unjoined(targets: tf.Tensor, counts: tf.Tensor1D): tf.Tensor2D {
  const lengths = Array.from(counts.dataSync());
  const total = lengths.reduce((sum, n) => sum + n, 0);
  if (targets.size !== total)
    throw refusal('ctcLoss', `${total} labels for targetLengths ${lengths.join(', ')}`, targets);
  const flat = tf.reshape(targets, [-1]);
  const most = Math.max(0, ...lengths);
  let from = 0;
  const rows = lengths.map((n) => {
    const row = tf.pad(tf.slice(flat, [from], [n]), [[0, most - n]]);
    from += n;
    return row;
  });
  return tf.stack(rows);
}
