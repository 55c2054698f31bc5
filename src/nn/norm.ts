/** Normalisations that do not look at other samples. */
import { addBias } from '../engine/ops/bias';
import { standardize } from '../engine/ops/normalize';
import { refusal } from '../engine/ops/sizes';
import * as tf from '../engine/tf';
import { checkedCount } from './checks';
import { describe, float, python } from './describe';
import { imageSizes } from './fitting';
import { Module } from './module';
import { parameter } from './parameter';

/** PyTorch's options and defaults: eps 1e-5, with scale and offset. */
export interface LayerNormOptions {
  /** Added to the variance. */
  readonly eps?: number;
  /** Whether there is a learned scale (and offset). */
  readonly elementwiseAffine?: boolean;
  readonly bias?: boolean;
}

/**
 * Normalises the last axes of each sample, `[…, …normalizedShape]`: Ba, Kiros and Hinton, "Layer Normalization", 2016,
 * https://arxiv.org/abs/1607.06450.
 */
export class LayerNorm extends Module {
  readonly weight?: tf.Variable;
  readonly bias?: tf.Variable;
  readonly normalizedShape: readonly number[];
  readonly eps: number;

  constructor(
    normalizedShape: number | readonly number[],
    { eps = 1e-5, elementwiseAffine = true, bias = true }: LayerNormOptions = {},
  ) {
    super();
    const shape = typeof normalizedShape === 'number' ? [normalizedShape] : [...normalizedShape];
    for (const size of shape) checkedCount('LayerNorm', 'normalizedShape', size);
    [this.normalizedShape, this.eps] = [shape, eps];
    if (elementwiseAffine) this.weight = parameter(tf.ones(shape));
    if (elementwiseAffine && bias) this.bias = parameter(tf.zeros(shape));
  }

  /** @throws TypeError unless the last axes are `normalizedShape` */
  forward(x: tf.Tensor): tf.Tensor {
    const first = x.rank - this.normalizedShape.length;
    if (!this.normalizedShape.every((size, i) => x.shape[first + i] === size)) {
      throw refusal(this.typeName(), `last axes [..., ${this.normalizedShape.join(', ')}]`, x);
    }
    const axes = this.normalizedShape.map((_, i) => first + i);
    let y = standardize(x, axes, this.eps);
    if (this.weight) y = tf.mul(y, this.weight);
    if (this.bias) y = this.bias.rank === 1 ? addBias(y, this.bias) : tf.add(y, this.bias);
    return y;
  }

  protected override extraRepr(): string {
    const shown = { eps: float(this.eps), elementwiseAffine: this.weight !== undefined };
    return `${python(this.normalizedShape)}, ${describe(shown)}`;
  }
}

/** PyTorch's options and defaults: eps 1e-5, with scale and offset. */
export interface GroupNormOptions {
  readonly eps?: number;
  /** Whether there are a learned scale and offset for each channel. */
  readonly affine?: boolean;
}

/**
 * Normalises groups of channels of each image `[b, h, w, c]`: Wu and He, "Group Normalization", 2018,
 * https://arxiv.org/abs/1803.08494.
 */
export class GroupNorm extends Module {
  readonly weight?: tf.Variable;
  readonly bias?: tf.Variable;
  readonly eps: number;

  /** @throws RangeError unless `numGroups` divides `numChannels` */
  constructor(
    readonly numGroups: number,
    readonly numChannels: number,
    { eps = 1e-5, affine = true }: GroupNormOptions = {},
  ) {
    super();
    checkedCount('GroupNorm', 'numGroups', numGroups);
    checkedCount('GroupNorm', 'numChannels', numChannels);
    if (numChannels % numGroups !== 0) {
      throw new RangeError(
        `Cannot build GroupNorm: numChannels must be divisible by numGroups ${numGroups}, got ${numChannels}`,
      );
    }
    this.eps = eps;
    if (affine) {
      this.weight = parameter(tf.ones([numChannels]));
      this.bias = parameter(tf.zeros([numChannels]));
    }
  }

  /** @throws TypeError unless x is `[b, h, w, numChannels]` */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [b, h, w] = imageSizes(this.typeName(), x, this.numChannels);
    const grouped = tf.reshape(x, [b, h * w, this.numGroups, this.numChannels / this.numGroups]);
    const y = tf.reshape(standardize(grouped, [1, 3], this.eps), x.shape);
    return this.weight && this.bias ? addBias(tf.mul(y, this.weight), this.bias) : y;
  }

  protected override extraRepr(): string {
    const shown = { eps: float(this.eps), affine: this.weight !== undefined };
    return `${this.numGroups}, ${this.numChannels}, ${describe(shown)}`;
  }
}
