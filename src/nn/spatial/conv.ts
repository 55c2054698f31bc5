/**
 * Convolutions over sequences `[b, l, c]`, images `[b, h, w, c]` and volumes `[b, d, h, w, c]`; kernels are
 * `[…, in, out]` in memory, PyTorch's order in files.
 */
import { addBias } from '../../engine/ops/bias';
import * as ops from '../../engine/ops/conv';
import { refusal } from '../../engine/ops/sizes';
import { uniform } from '../../engine/random';
import * as tf from '../../engine/tf';
import { checkedGroups, checkedSizes, type Size1d, type Size2d, type Size3d, type SizeNd } from '../checks';
import { describe, python } from '../describe';
import { checkShape } from '../fitting';
import { Module } from '../module';
import { parameter } from '../parameter';
import { pad } from './padding';
import { checkLengths, onBatch, type Rank } from './unbatched';

/** What a convolution puts around its input: zeros, or what the input itself holds. */
export type PaddingMode = 'zeros' | 'reflect' | 'replicate' | 'circular';

/** How a kernel moves; by default stride 1, no padding, dilation 1, one group, with bias, zeros outside. */
export interface ConvOptions<Size extends SizeNd> {
  readonly stride?: Size;
  /** Places added at both ends; `same` keeps the size at stride 1, `valid` is none. */
  readonly padding?: Size | 'same' | 'valid';
  readonly dilation?: Size;
  readonly groups?: number;
  readonly bias?: boolean;
  readonly paddingMode?: PaddingMode;
}

/** How a kernel moves over images. */
export type Conv2dOptions = ConvOptions<Size2d>;

/** How a kernel moves, with a number for each axis. */
interface Movement {
  readonly stride: readonly number[];
  readonly padding: readonly number[] | 'same' | 'valid';
  readonly dilation: readonly number[];
  readonly groups: number;
  readonly paddingMode?: PaddingMode;
}

const MODES: readonly string[] = ['zeros', 'reflect', 'replicate', 'circular'] satisfies PaddingMode[];

/** What the three convolutions share; the one class between a layer and Module, as PyTorch's `_ConvNd`. */
abstract class ConvNd extends Module {
  readonly weight: tf.Variable;
  readonly bias?: tf.Variable;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[] | 'same' | 'valid';
  readonly dilation: readonly number[];
  readonly groups: number;
  readonly paddingMode: PaddingMode;

  constructor(
    rank: Rank,
    readonly inChannels: number,
    readonly outChannels: number,
    { kernelSize, ...options }: ConvOptions<SizeNd> & { readonly kernelSize: SizeNd },
  ) {
    super();
    const name = this.constructor.name;
    const { bias = true, groups = 1, paddingMode = 'zeros' } = options;
    this.kernelSize = checkedSizes(name, 'kernelSize', { size: kernelSize, rank, least: 1 });
    const { stride, padding, dilation } = movementOf(name, rank, options);
    [this.stride, this.padding, this.dilation] = [stride, padding, dilation];
    this.groups = checkedGroups(name, groups, inChannels, outChannels);
    if (!MODES.includes(paddingMode)) {
      throw new RangeError(
        `Cannot build ${name}: paddingMode must be one of ${MODES.join(', ')}, got ${paddingMode}`,
      );
    }
    this.paddingMode = paddingMode;
    const fan = inChannels / groups;
    const bound = 1 / Math.sqrt(fan * this.kernelSize.reduce((product, n) => product * n, 1));
    const shape = [...this.kernelSize, fan, outChannels] as [number, number, number];
    this.weight = parameter(uniform(shape, -bound, bound), { layout: 'HWIO' });
    if (bias) this.bias = parameter(uniform([outChannels], -bound, bound));
  }

  /** @throws TypeError unless x has `inChannels` channels last and is not smaller than the kernel */
  forward(x: tf.Tensor): tf.Tensor {
    return convolve(this.typeName(), x, this.weight, this.bias, this);
  }

  protected override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, groups, paddingMode } = this;
    const shown = {
      kernelSize,
      stride,
      padding: isAll(padding, 0) ? undefined : padding,
      dilation: isAll(dilation, 1) ? undefined : dilation,
      groups: groups === 1 ? undefined : groups,
      bias: this.bias ? undefined : false,
      paddingMode: paddingMode === 'zeros' ? undefined : paddingMode,
    };
    return `${python(this.inChannels)}, ${python(this.outChannels)}, ${describe(shown)}`;
  }
}

/**
 * Cross-correlates sequences `[b, l, inChannels]` with learned kernels; gives `[b, l', outChannels]` with
 * l' = ⌊(l + 2·padding − dilation·(kernelSize − 1) − 1) / stride⌋ + 1. Also takes one sequence `[l, inChannels]`.
 */
export class Conv1d extends ConvNd {
  /** @throws RangeError unless sizes are integers, `groups` divides both channel counts, and `same` has stride 1 */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Size1d,
    options: ConvOptions<Size1d> = {},
  ) {
    super(1, inChannels, outChannels, { ...options, kernelSize });
  }
}

/**
 * Cross-correlates images `[b, h, w, inChannels]` with learned kernels; gives `[b, h', w', outChannels]` with
 * h' = ⌊(h + 2·padding − dilation·(kernelSize − 1) − 1) / stride⌋ + 1. Also takes one image `[h, w, inChannels]`. Weight
 * and bias start uniform within ±1/√fanIn, as PyTorch's.
 */
export class Conv2d extends ConvNd {
  /** @throws RangeError unless sizes are integers, `groups` divides both channel counts, and `same` has stride 1 */
  constructor(inChannels: number, outChannels: number, kernelSize: Size2d, options: Conv2dOptions = {}) {
    super(2, inChannels, outChannels, { ...options, kernelSize });
  }
}

/** Cross-correlates volumes `[b, d, h, w, inChannels]`, or one of them, with learned kernels: `Conv2d` with depth. */
export class Conv3d extends ConvNd {
  /** @throws RangeError unless sizes are integers, `groups` divides both channel counts, and `same` has stride 1 */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Size3d,
    options: ConvOptions<Size3d> = {},
  ) {
    super(3, inChannels, outChannels, { ...options, kernelSize });
  }
}

/** The options of the functions: those of the layers that are not in the weights. */
export type FunctionalConvOptions<Size extends SizeNd> = Omit<ConvOptions<Size>, 'bias' | 'paddingMode'>;

/**
 * Cross-correlates `[b, l, in]` with kernels `[k, in / groups, out]`: PyTorch's `F.conv1d`, channels last.
 * @throws TypeError unless x has the kernels' channels and is not smaller than they are
 */
export function conv1d(
  x: tf.Tensor,
  weight: tf.Tensor,
  bias?: tf.Tensor,
  options: FunctionalConvOptions<Size1d> = {},
): tf.Tensor {
  return convolveBy('conv1d', 1, [x, weight, bias], options);
}

/**
 * Cross-correlates `[b, h, w, in]` with kernels `[kh, kw, in / groups, out]`: PyTorch's `F.conv2d`, channels last.
 * @throws TypeError unless x has the kernels' channels and is not smaller than they are
 */
export function conv2d(
  x: tf.Tensor,
  weight: tf.Tensor,
  bias?: tf.Tensor,
  options: FunctionalConvOptions<Size2d> = {},
): tf.Tensor {
  return convolveBy('conv2d', 2, [x, weight, bias], options);
}

/**
 * Cross-correlates `[b, d, h, w, in]` with kernels `[kd, kh, kw, in / groups, out]`: PyTorch's `F.conv3d`, channels last.
 * @throws TypeError unless x has the kernels' channels and is not smaller than they are
 */
export function conv3d(
  x: tf.Tensor,
  weight: tf.Tensor,
  bias?: tf.Tensor,
  options: FunctionalConvOptions<Size3d> = {},
): tf.Tensor {
  return convolveBy('conv3d', 3, [x, weight, bias], options);
}

function convolveBy(
  name: string,
  rank: Rank,
  [x, weight, bias]: readonly [tf.Tensor, tf.Tensor, tf.Tensor?],
  options: FunctionalConvOptions<SizeNd>,
): tf.Tensor {
  if (weight.rank !== rank + 2) {
    throw refusal(name, `weight [${['d', 'h', 'w'].slice(3 - rank).join(', ')}, in / groups, out]`, weight);
  }
  return convolve(name, x, weight, bias, movementOf(name, rank, options));
}

/** The options with a number for each axis. */
function movementOf(
  name: string,
  rank: Rank,
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: ConvOptions<SizeNd>,
): Movement {
  const checked = (what: string, size: SizeNd, least: number) =>
    checkedSizes(name, what, { size, rank, least });
  const steps = checked('stride', stride, 1);
  if (padding === 'same' && !isAll(steps, 1)) {
    throw new RangeError(`Cannot build ${name}: padding 'same' needs stride 1, got ${steps.join(', ')}`);
  }
  if (typeof padding === 'string' && padding !== 'same' && padding !== 'valid') {
    throw new RangeError(
      `Cannot build ${name}: padding must be numbers, 'same' or 'valid', got '${padding as string}'`,
    );
  }
  return {
    stride: steps,
    padding: typeof padding === 'string' ? padding : checked('padding', padding, 0),
    dilation: checked('dilation', dilation, 1),
    groups,
  };
}

function convolve(
  name: string,
  x: tf.Tensor,
  weight: tf.Tensor,
  bias: tf.Tensor | undefined,
  { stride, padding, dilation, groups, paddingMode = 'zeros' }: Movement,
): tf.Tensor {
  const rank = stride.length as Rank;
  const [fan = 1, out = 1] = weight.shape.slice(-2);
  if (bias) checkShape(name, 'bias', bias, [out]);
  const reach = dilation.map((distance, i) => distance * ((weight.shape[i] ?? 1) - 1) + 1); // that the kernel covers
  const outside = placesAround(padding, reach);
  return onBatch(name, x, { rank, channels: fan * groups }, (batch) => {
    checkLengths(
      name,
      batch,
      reach.map((length, i) => outside[i]?.reduce((rest, places) => rest - places, length) ?? length),
    );
    const own =
      paddingMode === 'zeros' ? batch : pad(batch, [...outside].reverse().flat(), { mode: paddingMode });
    const zeros = paddingMode === 'zeros' ? outside : outside.map((): [number, number] => [0, 0]);
    const y = ops.conv(own, weight, { stride, dilation, groups, padding: zeros });
    return bias ? addBias(y, bias) : y;
  });
}

/** Places before and behind along each axis; for even kernels `same` puts the odd one behind, as PyTorch. */
function placesAround(padding: Movement['padding'], reach: readonly number[]): [number, number][] {
  if (padding === 'valid') return reach.map(() => [0, 0]);
  if (padding !== 'same') return padding.map((places) => [places, places]);
  return reach.map((length) => [Math.floor((length - 1) / 2), Math.ceil((length - 1) / 2)]);
}

function isAll(sizes: readonly number[] | string, value: number): boolean {
  return typeof sizes !== 'string' && sizes.every((size) => size === value);
}
