/** Batch normalisation. `training`, not `requiresGrad`, decides whether statistics move, as in PyTorch. */
import { batchNormInference, type BatchNormInputs, batchNormTraining } from '../engine/ops/normalize';
import { refusal } from '../engine/ops/sizes';
import { guard } from '../engine/recording/guards';
import { currentShare } from '../engine/recording/share';
import * as tf from '../engine/tf';
import { checkedCount } from './checks';
import { describe, float } from './describe';
import { checkFloat, checkShape, imageSizes } from './fitting';
import { Module } from './module';
import type { AffineOptions } from './norm';
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

/** What the functions of batch and instance norm are told besides the statistics; PyTorch's defaults. */
export interface NormFunctionOptions extends AffineOptions {
  /** Share of the newest batch in the running statistics. */
  readonly momentum?: number;
}

/**
 * Normalises each channel of `[b, …, c]`: by running statistics `[c]`, or while training by the batch's own, towards
 * which running statistics that are variables move.
 * @throws TypeError unless shapes fit, or without statistics while not training
 */
export function batchNorm(
  x: tf.Tensor,
  runningMean: tf.Tensor | undefined,
  runningVar: tf.Tensor | undefined,
  options: NormFunctionOptions & { readonly training?: boolean } = {},
): tf.Tensor {
  const { training = false, momentum = 0.1, weight, bias, eps = 1e-5 } = options;
  if (x.rank < 2) throw refusal('batchNorm', 'channels last [b, ..., c]', x);
  checkFloat('batchNorm', x);
  if (!training && !(runningMean && runningVar)) {
    throw refusal('batchNorm', 'running statistics unless training', 'none');
  }
  const [b = 0, c = 0] = [x.shape[0], x.shape.at(-1)];
  const parts = { weight, bias, runningMean, runningVar };
  for (const [name, part] of Object.entries(parts)) if (part) checkShape('batchNorm', name, part, [c]);
  const inputs = {
    scale: weight ?? tf.ones([c]),
    offset: bias ?? tf.zeros([c]),
    mean: runningMean ?? tf.zeros([c]),
    variance: runningVar ?? tf.ones([c]),
    eps,
  };
  const rows = tf.reshape(x, [b, x.size / (b * c || 1), 1, c]);
  if (x.size === 0) return tf.clone(x);
  if (!training) return tf.reshape(batchNormInference(rows, inputs), x.shape);
  return tf.reshape(
    batchNormTraining(rows, inputs, (mean, variance) => {
      moveTowards(runningMean, mean, momentum);
      moveTowards(runningVar, variance, momentum);
    }),
    x.shape,
  );
}

/** Moves a running statistic towards that of one batch by a share; one that is no variable stays. */
function moveTowards(old: tf.Tensor | undefined, now: tf.Tensor, share: number | tf.Scalar): void {
  if (old instanceof tf.Variable) old.assign(tf.add(tf.mul(old, tf.sub(1, share)), tf.mul(now, share)));
}

/** What batch and instance norms share: scale, offset and running statistics, as PyTorch's `_NormBase`. */
export abstract class NormBase extends Module {
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

  /** What a normalisation of `[b, h, w, c]` needs besides x. */
  protected vectors(): BatchNormInputs {
    const { runningMean, runningVar, numFeatures, eps } = this;
    const ones = () => tf.ones([numFeatures]);
    const zeros = () => tf.zeros([numFeatures]);
    return {
      scale: this.weight ?? ones(),
      offset: this.bias ?? zeros(),
      mean: runningMean ?? zeros(),
      variance: runningVar ?? ones(),
      eps,
    };
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

  /** Moves the running statistics towards those of one batch by a share; the variance is the unbiased one. */
  protected move(mean: tf.Tensor1D, variance: tf.Tensor1D, share: number | tf.Scalar): void {
    moveTowards(this.runningMean, mean, share);
    moveTowards(this.runningVar, variance, share);
  }
}

/** What the batch norms share, as PyTorch's `_BatchNorm`. */
abstract class BatchNorm extends NormBase {
  /** Normalises `[b, h, w, c]` over all axes but the last. */
  protected normalize(x: tf.Tensor4D): tf.Tensor4D {
    const { numFeatures } = this;
    if (x.size === 0) return tf.clone(x); // a batch of none moves nothing
    if (!this.training && this.runningMean) return batchNormInference(x, this.vectors());
    // of several workers one may have a single sample of the batch
    if (x.size <= numFeatures && guard(() => (currentShare()?.total ?? 1) <= 1)) {
      throw new RangeError(
        `Cannot call ${this.typeName()}: expected more than one value for each channel while training, ` +
          `got ${x.size} in all; model.eval() takes the running statistics`,
      );
    }
    return batchNormTraining(x, this.vectors(), (mean, variance) => this.track(mean, variance));
  }

  /** Counts the batch and moves the running statistics. */
  private track(mean: tf.Tensor1D, variance: tf.Tensor1D): void {
    if (!this.training || !this.numBatchesTracked) return;
    const count = tf.add(this.numBatchesTracked, tf.scalar(1, 'int32'));
    this.move(mean, variance, this.momentum ?? tf.div(1, tf.cast(count, 'float32')));
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

/** Batch normalisation of volumes `[b, d, h, w, c]` per channel. */
export class BatchNorm3d extends BatchNorm {
  /**
   * Normalises each channel of `[b, d, h, w, c]`, by the batch while training, else by the running statistics.
   * @throws TypeError unless x is `[b, d, h, w, numFeatures]`
   */
  forward(x: tf.Tensor5D): tf.Tensor5D {
    const [b = 0, d = 0, h = 0, w = 0, c] = x.shape;
    if (x.rank !== 5 || c !== this.numFeatures) {
      const turned = x.rank === 5 && x.shape[1] === this.numFeatures;
      const hint = turned ? "x.permute(0, 2, 3, 4, 1) turns PyTorch's order" : '';
      throw refusal(this.typeName(), `volumes [b, d, h, w, ${this.numFeatures}]`, x, hint);
    }
    checkFloat(this.typeName(), x);
    return tf.reshape(this.normalize(tf.reshape(x, [b, d * h, w, this.numFeatures])), x.shape);
  }
}
