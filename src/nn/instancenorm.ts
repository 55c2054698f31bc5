/**
 * Instance normalisation: each channel of each sample by itself, Ulyanov, Vedaldi and Lempitsky, "Instance
 * Normalization", 2016, https://arxiv.org/abs/1607.08022.
 */
import { batchNormInference, standardize } from '../engine/ops/normalize';
import { refusal } from '../engine/ops/sizes';
import * as tf from '../engine/tf';
import { type BatchNormOptions, NormBase } from './batchnorm';
import { checkFloat, checkShape } from './fitting';
import type { AffineOptions } from './norm';

/**
 * Normalises each channel of each sample of `[b, …, c]` by its own values.
 * @throws TypeError for fewer than three axes or a scale of another size
 */
export function instanceNorm(x: tf.Tensor, { weight, bias, eps = 1e-5 }: AffineOptions = {}): tf.Tensor {
  if (x.rank < 3) throw refusal('instanceNorm', 'channels last [b, ..., c] of three axes or more', x);
  checkFloat('instanceNorm', x);
  const c = x.shape.at(-1) ?? 0;
  if (weight) checkShape('instanceNorm', 'weight', weight, [c]);
  if (bias) checkShape('instanceNorm', 'bias', bias, [c]);
  const places = Array.from({ length: x.rank - 2 }, (_, i) => i + 1);
  return affine(standardize(x, places, eps), { weight, bias });
}

function affine(
  y: tf.Tensor,
  { weight, bias }: { weight?: tf.Tensor | undefined; bias?: tf.Tensor | undefined },
): tf.Tensor {
  const z = weight ? tf.mul(y, weight) : y;
  return bias ? tf.add(z, bias) : z;
}

/** What the instance norms share, as PyTorch's `_InstanceNorm`: neither scale and offset nor statistics unless asked. */
abstract class InstanceNorm extends NormBase {
  /** Axes between batch and channels. */
  protected abstract readonly places: string;

  constructor(
    numFeatures: number,
    { affine = false, trackRunningStats = false, ...options }: BatchNormOptions = {},
  ) {
    super(numFeatures, { affine, trackRunningStats, ...options });
  }

  /**
   * Normalises each channel of each sample, by its own values while training or without running statistics.
   * @throws TypeError for other axes or channels, RangeError for a single place while training
   */
  forward(x: tf.Tensor): tf.Tensor {
    const { b, size } = this.sizes(x);
    if (x.size === 0) return tf.clone(x);
    const rows = tf.reshape(x, [b, size, 1, this.numFeatures]);
    if (!this.training && this.runningMean)
      return tf.reshape(batchNormInference(rows, this.vectors()), x.shape);
    if (size === 1) {
      throw new RangeError(
        `Cannot call ${this.typeName()}: expected more than one place for each channel while training, got 1`,
      );
    }
    if (this.training && this.runningMean) this.track(rows, size);
    return tf.reshape(affine(standardize(rows, [1], this.eps), this), x.shape);
  }

  /** Samples and places of a batch, or of one sample without its axis. */
  private sizes(x: tf.Tensor): { b: number; size: number } {
    const { places, numFeatures } = this;
    const axes = places.split(', ').length;
    const one = x.rank === axes + 1;
    if ((!one && x.rank !== axes + 2) || x.shape.at(-1) !== numFeatures) {
      const expected = `[b, ${places}, ${numFeatures}] or [${places}, ${numFeatures}], channels last`;
      throw refusal(this.typeName(), expected, x);
    }
    checkFloat(this.typeName(), x);
    const b = one ? 1 : (x.shape[0] ?? 0);
    const size = x.shape.slice(one ? 0 : 1, -1).reduce((product, n) => product * n, 1);
    return { b, size };
  }

  /** The mean over the samples of their own statistics; unlike batch norm, batches are not counted. */
  private track(rows: tf.Tensor4D, size: number): void {
    tf.tidy(() => {
      const { mean, variance } = tf.moments(rows, [1, 2]);
      const unbiased = tf.mul(variance, size / (size - 1));
      this.move(tf.mean(mean, 0), tf.mean(unbiased, 0), this.momentum ?? 0);
    });
  }
}

/** Instance normalisation of sequences `[b, t, c]`. */
export class InstanceNorm1d extends InstanceNorm {
  protected override readonly places = 't';
}

/** Instance normalisation of images `[b, h, w, c]`. */
export class InstanceNorm2d extends InstanceNorm {
  protected override readonly places = 'h, w';
}

/** Instance normalisation of volumes `[b, d, h, w, c]`. */
export class InstanceNorm3d extends InstanceNorm {
  protected override readonly places = 'd, h, w';
}
