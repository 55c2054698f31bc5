/**
 * Log-probabilities of very many classes: Grave et al., "Efficient softmax approximation for GPUs", 2016,
 * https://arxiv.org/abs/1609.04309.
 */
import { refusal } from '../engine/ops/sizes';
import { activeRecording } from '../engine/recording/active';
import * as tf from '../engine/tf';
import { logSoftmax } from './activation';
import { checkedCount } from './checks';
import { ModuleList, Sequential } from './container';
import { checkFeatures, checkShape } from './fitting';
import { Linear } from './linear';
import { Module } from './module';

/** PyTorch's options and defaults: 4, and no bias in the head. */
export interface AdaptiveSoftmaxOptions {
  /** Each cluster of rarer classes is projected to this many times fewer features than the one before. */
  readonly divValue?: number;
  readonly headBias?: boolean;
}

/** The log-probability of each target, `[b]`, and the loss, minus their mean. */
export interface AdaptiveSoftmaxOutput {
  readonly output: tf.Tensor1D;
  readonly loss: tf.Scalar;
}

/**
 * Softmax in clusters: the frequent classes, from 0 up to below the first cutoff, stand in the head beside one place for
 * each cluster; the rarer ones in clusters with ever fewer features. Classes have to be ordered by frequency.
 */
export class AdaptiveLogSoftmaxWithLoss extends Module {
  readonly head: Linear;
  readonly tail: ModuleList<Sequential>;
  readonly cutoffs: readonly number[];
  readonly divValue: number;

  /** @throws RangeError unless cutoffs rise from 1 to below `nClasses` */
  constructor(
    readonly inFeatures: number,
    readonly nClasses: number,
    cutoffs: readonly number[],
    { divValue = 4, headBias = false }: AdaptiveSoftmaxOptions = {},
  ) {
    super();
    checkedCount('AdaptiveLogSoftmaxWithLoss', 'inFeatures', inFeatures);
    const rising = cutoffs.every(
      (cut, i) => Number.isInteger(cut) && cut > (cutoffs[i - 1] ?? 0) && cut < nClasses,
    );
    if (cutoffs.length === 0 || !rising) {
      throw new RangeError(
        `Cannot build AdaptiveLogSoftmaxWithLoss: cutoffs must be integers that rise from 1 to below nClasses ` +
          `${nClasses}, got ${cutoffs.length === 0 ? 'none' : cutoffs.join(', ')}`,
      );
    }
    this.divValue = divValue;
    this.cutoffs = [...cutoffs, nClasses];
    this.head = new Linear(inFeatures, (cutoffs[0] ?? 0) + cutoffs.length, { bias: headBias });
    this.tail = new ModuleList(
      cutoffs.map((from, i) => {
        const size = Math.floor(inFeatures / divValue ** (i + 1));
        const count = (this.cutoffs[i + 1] ?? 0) - from;
        return new Sequential(
          new Linear(inFeatures, size, { bias: false }),
          new Linear(size, count, { bias: false }),
        );
      }),
    );
  }

  /**
   * The log-probability of each sample's class, and the loss: x `[b, inFeatures]`, target int32 `[b]`; or one sample
   * without its batch axis.
   * @throws TypeError unless shapes fit, RangeError for a class that there is not
   */
  forward(x: tf.Tensor, target: tf.Tensor): AdaptiveSoftmaxOutput {
    const rows = this.rowsOf(x);
    checkShape(this.typeName(), 'target', target, x.shape.slice(0, -1));
    const classes = tf.reshape(tf.cast(target, 'int32'), [rows.shape[0] ?? 0]);
    this.checkClasses(classes);
    const at = (cut: number): tf.Tensor => tf.greaterEqual(classes, tf.scalar(cut, 'int32'));
    const whole = (n: number): tf.Tensor => tf.scalar(n, 'int32');
    const [first = 0, ...ends] = this.cutoffs;
    const cluster = this.cutoffs.slice(0, -1).map((cut) => tf.cast(at(cut), 'int32'));
    const place = tf.add(cluster.reduce((a, b) => tf.add(a, b)), whole(first - 1)); // prettier-ignore
    let output = picked(logSoftmax(this.head.forward(rows), 1), tf.where(at(first), place, classes));
    [...this.tail].forEach((layers, i) => {
      const [low = 0, high = 0] = [this.cutoffs[i], ends[i]];
      const within = tf.logicalAnd(at(low), tf.logicalNot(at(high)));
      const own = tf.where(within, tf.sub(classes, whole(low)), tf.zerosLike(classes));
      const rest = picked(logSoftmax(layers.forward(rows), 1), own);
      output = tf.add(output, tf.where(within, rest, tf.zeros([])));
    });
    return { output: tf.reshape(output, target.shape), loss: tf.neg(tf.mean(output)) };
  }

  /** The log-probabilities of all classes: `[b, inFeatures]` → `[b, nClasses]`. @throws TypeError for other features */
  logProb(x: tf.Tensor): tf.Tensor {
    const rows = this.rowsOf(x);
    const head = logSoftmax(this.head.forward(rows), 1);
    const [first = 0] = this.cutoffs;
    const [b = 0] = rows.shape;
    const clusters = [...this.tail].map((layers, i) =>
      tf.add(logSoftmax(layers.forward(rows), 1), tf.slice(head, [0, first + i], [b, 1])),
    );
    const all = tf.concat([tf.slice(head, [0, 0], [b, first]), ...clusters], 1);
    return tf.reshape(all, [...x.shape.slice(0, -1), this.nClasses]);
  }

  /** The most probable class of each sample, int32 `[b]`. @throws TypeError for other features */
  predict(x: tf.Tensor): tf.Tensor {
    return tf.argMax(this.logProb(x), -1);
  }

  private rowsOf(x: tf.Tensor): tf.Tensor2D {
    if (x.rank !== 1 && x.rank !== 2) {
      throw refusal(this.typeName(), `[b, ${this.inFeatures}] or [${this.inFeatures}]`, x);
    }
    checkFeatures(this.typeName(), x, this.inFeatures);
    return x.rank === 2 ? x : tf.expandDims(x, 0);
  }

  private checkClasses(classes: tf.Tensor): void {
    if (activeRecording()) return; // values are not known there
    const wrong = Array.from(classes.dataSync()).find((n) => n < 0 || n >= this.nClasses);
    if (wrong === undefined) return;
    throw new RangeError(
      `Cannot call ${this.typeName()}: expected classes from 0 to ${this.nClasses - 1}, got ${wrong}`,
    );
  }
}

/** One value of each row. */
const picked = (rows: tf.Tensor, places: tf.Tensor): tf.Tensor =>
  tf.squeeze(tf.gather(rows, tf.expandDims(places, 1), 1, 1), [1]);
