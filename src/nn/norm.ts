/** Normalisations that do not look at other samples. */
import { addBias } from '../engine/ops/bias';
import { standardize } from '../engine/ops/normalize';
import { refusal } from '../engine/ops/sizes';
import { fusedLayerNorm, isFusedNorm } from '../engine/ops/tokens';
import * as tf from '../engine/tf';
import { checkedCount } from './checks';
import { describe, float, python } from './describe';
import { checkFloat, checkShape, imageSizes } from './fitting';
import { Module } from './module';
import { parameter } from './parameter';

/** Scale, offset and what is added to the variance; none and 1e-5 unless given. */
export interface AffineOptions {
  readonly weight?: tf.Tensor;
  readonly bias?: tf.Tensor;
  readonly eps?: number;
}

/**
 * Normalises the last axes, which have the sizes `normalizedShape`.
 * @throws TypeError unless they do
 */
export function layerNorm(
  x: tf.Tensor,
  normalizedShape: readonly number[],
  options: AffineOptions = {},
): tf.Tensor {
  return layerNormed('layerNorm', x, normalizedShape, options);
}

/**
 * Divides the last axes, which have the sizes `normalizedShape`, by their root mean square.
 * @throws TypeError unless they do
 */
export function rmsNorm(
  x: tf.Tensor,
  normalizedShape: readonly number[],
  { weight, eps = null }: { readonly weight?: tf.Tensor; readonly eps?: number | null } = {},
): tf.Tensor {
  return rmsNormed('rmsNorm', x, normalizedShape, { weight, eps });
}

/**
 * Normalises groups of channels of each sample, `[b, …, c]`; scale and offset are `[c]`.
 * @throws TypeError for fewer than two axes, RangeError unless `numGroups` divides the channels
 */
export function groupNorm(x: tf.Tensor, numGroups: number, options: AffineOptions = {}): tf.Tensor {
  const channels = x.shape.at(-1) ?? 0;
  if (!(channels % numGroups === 0)) {
    throw new RangeError(`Cannot call groupNorm: expected numGroups to divide ${channels}, got ${numGroups}`);
  }
  return groupNormed('groupNorm', x, { numGroups, channels }, options);
}

function layerNormed(
  what: string,
  x: tf.Tensor,
  shape: readonly number[],
  options: AffineOptions,
): tf.Tensor {
  const axes = lastAxes(what, x, shape);
  const { weight, bias, eps = 1e-5 } = options;
  if (!isFusedNorm(x)) return scaled(what, standardize(x, axes, eps), shape, options);
  checkAffine(what, options, shape);
  const size = shape.reduce((product, length) => product * length, 1);
  return fusedLayerNorm(x, size, { scale: weight, offset: bias, eps });
}

function rmsNormed(
  what: string,
  x: tf.Tensor,
  shape: readonly number[],
  { weight, eps }: { readonly weight?: tf.Tensor | undefined; readonly eps: number | null },
): tf.Tensor {
  const axes = lastAxes(what, x, shape);
  checkFloat(what, x);
  const square = tf.mean(tf.square(x), axes, true);
  return scaled(what, tf.mul(x, tf.rsqrt(tf.add(square, eps ?? 2 ** -23))), shape, weight ? { weight } : {});
}

function groupNormed(
  what: string,
  x: tf.Tensor,
  { numGroups, channels }: { readonly numGroups: number; readonly channels: number },
  options: AffineOptions,
): tf.Tensor {
  if (x.rank === 4) imageSizes(what, x, channels);
  if (x.rank < 2 || x.shape.at(-1) !== channels)
    throw refusal(what, `channels last [b, ..., ${channels}]`, x);
  checkFloat(what, x);
  const [b = 0, ...places] = x.shape.slice(0, -1);
  const size = places.reduce((product, n) => product * n, 1);
  const grouped = tf.reshape(x, [b, size, numGroups, channels / numGroups]);
  return scaled(
    what,
    tf.reshape(standardize(grouped, [1, 3], options.eps ?? 1e-5), x.shape),
    [channels],
    options,
  );
}

function scaled(
  what: string,
  y: tf.Tensor,
  shape: readonly number[],
  { weight, bias }: AffineOptions,
): tf.Tensor {
  checkAffine(what, { weight, bias }, shape);
  if (weight) y = tf.mul(y, weight);
  if (!bias) return y;
  return bias.rank === 1 && y.rank > 1 ? addBias(y, bias) : tf.add(y, bias);
}

function checkAffine(what: string, { weight, bias }: AffineOptions, shape: readonly number[]): void {
  if (weight) checkShape(what, 'weight', weight, shape);
  if (bias) checkShape(what, 'bias', bias, shape);
}

/** The axes of the given sizes, which have to be the last ones. */
function lastAxes(what: string, x: tf.Tensor, shape: readonly number[]): number[] {
  const first = x.rank - shape.length;
  if (!shape.every((size, i) => x.shape[first + i] === size)) {
    throw refusal(what, `last axes [..., ${shape.join(', ')}]`, x);
  }
  return shape.map((_, i) => first + i);
}

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
    const shape = [normalizedShape].flat();
    for (const size of shape) checkedCount('LayerNorm', 'normalizedShape', size);
    [this.normalizedShape, this.eps] = [shape, eps];
    if (elementwiseAffine) this.weight = parameter(tf.ones(shape));
    if (elementwiseAffine && bias) this.bias = parameter(tf.zeros(shape));
  }

  /** @throws TypeError unless the last axes are `normalizedShape` */
  forward(x: tf.Tensor): tf.Tensor {
    return layerNormed(this.typeName(), x, this.normalizedShape, this);
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
 * Normalises groups of channels of each sample, `[b, …, c]`: Wu and He, "Group Normalization", 2018,
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

  /** @throws TypeError unless x is `[b, …, numChannels]` */
  forward<T extends tf.Tensor>(x: T): T {
    const { numGroups, numChannels: channels } = this;
    return groupNormed(this.typeName(), x, { numGroups, channels }, this) as T;
  }

  protected override extraRepr(): string {
    const shown = { eps: float(this.eps), affine: this.weight !== undefined };
    return `${this.numGroups}, ${this.numChannels}, ${describe(shown)}`;
  }
}

/** PyTorch's options and defaults: with scale, and the smallest step of float32 as eps. */
export interface RMSNormOptions {
  /** Added to the mean square; `null` stands for 2⁻²³. */
  readonly eps?: number | null;
  /** Whether there is a learned scale. */
  readonly elementwiseAffine?: boolean;
}

/**
 * Divides the last axes of each sample by their root mean square: Zhang and Sennrich, "Root Mean Square Layer
 * Normalization", 2019, https://arxiv.org/abs/1910.07467.
 */
export class RMSNorm extends Module {
  readonly weight?: tf.Variable;
  readonly normalizedShape: readonly number[];
  readonly eps: number | null;

  constructor(
    normalizedShape: number | readonly number[],
    { eps = null, elementwiseAffine = true }: RMSNormOptions = {},
  ) {
    super();
    const shape = [normalizedShape].flat();
    for (const size of shape) checkedCount('RMSNorm', 'normalizedShape', size);
    [this.normalizedShape, this.eps] = [shape, eps];
    if (elementwiseAffine) this.weight = parameter(tf.ones(shape));
  }

  /** @throws TypeError unless the last axes are `normalizedShape` */
  forward(x: tf.Tensor): tf.Tensor {
    return rmsNormed(this.typeName(), x, this.normalizedShape, this);
  }

  protected override extraRepr(): string {
    const eps = this.eps === null ? null : float(this.eps);
    return `${python(this.normalizedShape)}, ${describe({ eps, elementwiseAffine: this.weight !== undefined })}`;
  }
}
