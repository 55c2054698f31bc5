/**
 * Metrics: what is counted in each batch, and the number it comes to over an epoch.
 *
 * A metric only adds up tensors, so that counting is part of the compiled step and nothing is averaged wrongly
 * over batches of unequal size.
 */
import * as tf from '../../engine/tf';
import { IGNORED } from '../data/text';

/** A number that is counted batch by batch: `accuracy`, or one of your own. */
export interface Metric {
  /** Key in the epoch's record, e.g. `accuracy`; the validation value gets `validAccuracy`. */
  readonly name: string;
  /** Whether lower or higher is better: for callbacks that watch it. */
  readonly better?: 'min' | 'max';
  /**
   * What one batch contributes; contributions of all batches are added up. Tensor operations alone.
   * @param output of the model, e.g. logits `[b, k]`
   * @param target e.g. class numbers `[b]`
   */
  tally(output: tf.Tensor, target: tf.Tensor): tf.Tensor1D;
  /** The metric from the sum of all contributions. */
  value(tally: ArrayLike<number>): number;
}

const at = (tally: ArrayLike<number>, i: number): number => tally[i] ?? NaN;
const ratio = (tally: ArrayLike<number>): number => at(tally, 0) / at(tally, 1);

/** Number of samples (or time steps) that a target of class numbers or one-hot rows has, and their classes. */
function classesOf(output: tf.Tensor, target: tf.Tensor): tf.Tensor1D {
  const numbers = target.rank === output.rank ? tf.argMax(target, -1) : target;
  if (numbers.size !== output.size / (output.shape.at(-1) ?? 1)) {
    throw new TypeError(
      `Cannot compute metric: expected targets [${output.shape.slice(0, -1).join(', ')}] for outputs ` +
        `[${output.shape.join(', ')}], got [${target.shape.join(', ')}]`,
    );
  }
  return tf.cast(tf.reshape(numbers, [-1]), 'int32');
}

const predictions = (output: tf.Tensor): tf.Tensor1D =>
  tf.cast(tf.reshape(tf.argMax(output, -1), [-1]), 'int32');

const countOf = (hits: tf.Tensor): tf.Tensor1D =>
  tf.stack([tf.sum(tf.cast(hits, 'float32')), tf.scalar(hits.size)]);

/** Hits among the samples whose class counts: a loss leaves `IGNORED` out, and so does its accuracy. */
function countWhere(classes: tf.Tensor1D, hits: tf.Tensor): tf.Tensor1D {
  const counts = tf.notEqual(classes, tf.scalar(IGNORED, 'int32'));
  const both = [tf.logicalAnd(hits, counts), counts];
  return tf.stack(both.map((where) => tf.sum(tf.cast(where, 'float32'))));
}

/** Share of samples whose largest output is the target's class; targets that are `IGNORED` do not count. */
export function accuracy(): Metric {
  return {
    name: 'accuracy',
    tally: (output, target) => {
      const classes = classesOf(output, target);
      return countWhere(classes, tf.equal(predictions(output), classes));
    },
    value: ratio,
  };
}

/**
 * Share of samples whose target is among the `k` largest outputs. Ties count in the sample's favour; targets that are
 * `IGNORED` do not count.
 * @throws RangeError unless `k` is an integer of at least 1
 */
export function topK(k = 5): Metric {
  if (!Number.isInteger(k) || k < 1) {
    throw new RangeError(`Cannot build metric topK: expected an integer k ≥ 1, got ${k}`);
  }
  return {
    name: `top${k}`,
    tally: (output, target) => {
      const classes = output.shape.at(-1) ?? 1;
      const scores = tf.reshape(output, [-1, classes]);
      const wanted = classesOf(output, target);
      const mask = tf.oneHot(wanted, classes);
      const own = tf.sum(tf.mul(scores, mask), 1, true); // [b, 1]
      const better = tf.sum(tf.cast(tf.greater(scores, own), 'float32'), 1);
      return countWhere(wanted, tf.less(better, k));
    },
    value: ratio,
  };
}

/** Share of samples on the right side of a threshold: 0.5 for probabilities, 0 for logits. Outputs `[b]` or `[b, 1]`. */
export function binaryAccuracy({ threshold = 0.5 } = {}): Metric {
  return {
    name: 'accuracy',
    tally: (output, target) => {
      const positive = tf.greater(tf.reshape(output, [-1]), threshold);
      return countOf(tf.equal(positive, tf.greater(tf.reshape(target, [-1]), 0.5)));
    },
    value: ratio,
  };
}

/** Mean of |output − target| over all elements. */
export function meanAbsoluteError(): Metric {
  return {
    name: 'mae',
    tally: (output, target) => {
      const gap = tf.abs(tf.sub(output, tf.reshape(target, output.shape)));
      return tf.stack([tf.sum(gap), tf.scalar(gap.size)]);
    },
    value: ratio,
  };
}

/** Counts by true class (row) and predicted class (column), row after row. */
function confusion(output: tf.Tensor, target: tf.Tensor): tf.Tensor1D {
  const classes = output.shape.at(-1) ?? 1;
  const rows = tf.cast(tf.oneHot(classesOf(output, target), classes), 'float32'); // [b, k]
  const columns = tf.cast(tf.oneHot(predictions(output), classes), 'float32');
  return tf.reshape(tf.matMul(rows, columns, true), [-1]);
}

interface ClassCounts {
  readonly hits: number;
  readonly predicted: number;
  readonly actual: number;
}

function byClass(tally: ArrayLike<number>): ClassCounts[] {
  const k = Math.round(Math.sqrt(tally.length));
  const sum = (index: (i: number) => number) =>
    Array.from({ length: k }, (_, i) => at(tally, index(i))).reduce((a, b) => a + b, 0);
  return Array.from({ length: k }, (_, c) => ({
    hits: at(tally, c * k + c),
    predicted: sum((row) => row * k + c),
    actual: sum((column) => c * k + column),
  }));
}

const safe = (a: number, b: number): number => (b === 0 ? 0 : a / b);

/** Mean over the classes, each counting alike (`macro` of scikit-learn, 0 where nothing was predicted). */
function macro(name: string, score: (counts: ClassCounts) => number): Metric {
  const value = (tally: ArrayLike<number>): number => {
    // A class that neither occurs nor is predicted says nothing about the model.
    const seen = byClass(tally).filter(({ predicted, actual }) => predicted + actual > 0);
    return seen.reduce((sum, counts) => sum + score(counts), 0) / seen.length;
  };
  return { name, tally: confusion, value };
}

/** Of those predicted as a class, the share that is: mean over the classes. */
export const precision = (): Metric => macro('precision', (c) => safe(c.hits, c.predicted));

/** Of those in a class, the share found: mean over the classes. */
export const recall = (): Metric => macro('recall', (c) => safe(c.hits, c.actual));

/** Harmonic mean of precision and recall of each class: mean over the classes. */
export const f1 = (): Metric => macro('f1', (c) => safe(2 * c.hits, c.predicted + c.actual));

/** Hits over all that are predicted as a class or in it (intersection over union): mean over the classes. */
export const meanIou = (): Metric => macro('iou', (c) => safe(c.hits, c.predicted + c.actual - c.hits));

/** What is counted when nothing is said, where targets are class numbers. */
export const DEFAULT_METRICS: readonly Metric[] = [accuracy()];

/** The names of this file's metrics. */
const HIGHER = /^(accuracy|top\d+|precision|recall|f1|iou)$/;
const LOWER = /^(loss|mae)$/;

/** Whether a value of an epoch's record is better when lower or higher; undefined where nobody has said so. */
export function betterOf(key: string, metrics: readonly Metric[] = []): 'min' | 'max' | undefined {
  const name = /^valid[A-Z]/.test(key) ? key.charAt(5).toLowerCase() + key.slice(6) : key;
  const own = metrics.find((metric) => metric.name === name || metric.name === key)?.better;
  return own ?? (LOWER.test(name) ? 'min' : HIGHER.test(name) ? 'max' : undefined);
}

/** Tallies of one batch, one a metric; without `metrics` those of `DEFAULT_METRICS`, or none where they mean nothing. */
export function talliesOf(
  metrics: readonly Metric[] | undefined,
  output: tf.Tensor,
  target: tf.Tensor,
): tf.Tensor1D[] {
  const numbered = target.dtype === 'int32' && target.rank === output.rank - 1;
  const countable = numbered && (output.shape.at(-1) ?? 1) > 1;
  return (metrics ?? (countable ? DEFAULT_METRICS : [])).map((metric) => metric.tally(output, target));
}
