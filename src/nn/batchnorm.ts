/** Batch normalisation. `training`, not `requiresGrad`, decides whether statistics move, as in PyTorch. */
import { batchNormInference, batchNormTraining } from '../engine/ops/normalize';
import { refusal } from '../engine/ops/sizes';
import * as tf from '../engine/tf';
import { checkedCount } from './checks';
import { describe, float } from './describe';
import { checkFloat, imageSizes } from './fitting';
import { Module } from './module';
import { buffer, parameter } from './parameter';

/**
 * PyTorch's options of batch norm and their defaults: eps 1e-5, momentum 0.1, scale, offset and running statistics.
 */
export interface BatchNormOptions {
  /** Added to the variance. */
  readonly eps?: number;
  /** Share of the newest batch in the running statistics (PyTorch's meaning); `null` averages all batches evenly. */
  readonly momentum?: number | null;
  /** Whether there are a learned scale and offset. */
  readonly affine?: boolean;
  /** Whether running statistics are kept; without them evaluation uses the batch's own, too. */
  readonly trackRunningStats?: boolean;
}

/** What `BatchNorm1d` and `BatchNorm2d` share; the one class between a layer and Module, as PyTorch's `_BatchNorm`. */
abstract class BatchNorm extends Module {
  readonly weight?: tf.Variable;
  readonly bias?: tf.Variable;
  readonly runningMean?: tf.Variable;
  readonly runningVar?: tf.Variable;
  readonly numBatchesTracked?: tf.Variable;
  readonly eps: number;
  readonly momentum: number | null;

  constructor(
    readonly numFeatures: number,
    { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true }: BatchNormOptions = {},
  ) {
    super();
    checkedCount(this.constructor.name, 'numFeatures', numFeatures);
    [this.eps, this.momentum] = [eps, momentum];
    if (affine) {
      this.weight = parameter(tf.ones([numFeatures]));
      this.bias = parameter(tf.zeros([numFeatures]));
    }
    if (trackRunningStats) {
      this.runningMean = buffer(tf.zeros([numFeatures]));
      this.runningVar = buffer(tf.ones([numFeatures]));
      this.numBatchesTracked = buffer(tf.scalar(0, 'int32'));
    }
  }

  abstract override forward(x: tf.Tensor): tf.Tensor;

  /** Normalises `[b, h, w, c]` over all axes but the last. */
  protected normalize(x: tf.Tensor4D): tf.Tensor4D {
    const { runningMean, runningVar, numFeatures, eps } = this;
    const ones = () => tf.ones([numFeatures]);
    const zeros = () => tf.zeros([numFeatures]);
    const inputs = {
      scale: this.weight ?? ones(),
      offset: this.bias ?? zeros(),
      mean: runningMean ?? zeros(),
      variance: runningVar ?? ones(),
      eps,
    };
    if (!this.training && runningMean) return batchNormInference(x, inputs);
    if (x.size <= numFeatures) {
      throw new RangeError(
        `Cannot call ${this.typeName()}: expected more than one value for each channel while training, ` +
          `got ${x.size} in all; model.eval() takes the running statistics`,
      );
    }
    return batchNormTraining(x, inputs, (mean, variance) => this.track(mean, variance));
  }

  protected override extraRepr(): string {
    const { eps, momentum } = this;
    const shown = {
      eps: float(eps),
      momentum: momentum === null ? null : float(momentum),
      affine: this.weight !== undefined,
      trackRunningStats: this.runningMean !== undefined,
    };
    return `${this.numFeatures}, ${describe(shown)}`;
  }

  /** Moves the running statistics towards those of one batch; the variance is the unbiased one. */
  private track(mean: tf.Tensor1D, variance: tf.Tensor1D): void {
    if (!this.training || !this.runningMean || !this.runningVar || !this.numBatchesTracked) return;
    const count = tf.add(this.numBatchesTracked, tf.scalar(1, 'int32'));
    const share = this.momentum ?? tf.div(1, tf.cast(count, 'float32'));
    const towards = (old: tf.Tensor1D, now: tf.Tensor1D) =>
      tf.add(tf.mul(old, tf.sub(1, share)), tf.mul(now, share));
    this.runningMean.assign(towards(this.runningMean, mean));
    this.runningVar.assign(towards(this.runningVar, variance));
    this.numBatchesTracked.assign(count);
  }
}

/** Batch normalisation of images `[b, h, w, c]` per channel. */
export class BatchNorm2d extends BatchNorm {
  /**
   * Normalises each channel of `[b, h, w, c]`, by the batch while training, else by the running statistics.
   * @throws TypeError unless x is `[b, h, w, numFeatures]`
   */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    imageSizes(this.typeName(), x, this.numFeatures);
    return this.normalize(x);
  }
}

/** Batch normalisation of features `[b, c]`, or of sequences `[b, t, c]`, per channel. */
export class BatchNorm1d extends BatchNorm {
  /**
   * Normalises each channel: `[b, c]` or `[b, t, c]`, by the batch while training, else by the running statistics.
   * @throws TypeError unless the shape is one of these
   */
  forward(x: tf.Tensor): tf.Tensor {
    const c = this.numFeatures;
    if ((x.rank !== 2 && x.rank !== 3) || x.shape.at(-1) !== c) {
      const turned = x.rank === 3 && x.shape[1] === c;
      const hint = turned ? "x.transpose(1, 2) turns PyTorch's order" : '';
      throw refusal(this.typeName(), `features [b, ${c}] or sequences [b, t, ${c}]`, x, hint);
    }
    checkFloat(this.typeName(), x);
    const [b = 0, t = 0] = x.shape;
    return tf.reshape(this.normalize(tf.reshape(x, [b, x.rank === 3 ? t : 1, 1, c])), x.shape);
  }
}
