/** Convolutions over images `[b, h, w, c]`; kernels are `[h, w, in, out]` in memory, PyTorch's order in files. */
import { addBias } from '../engine/ops/bias';
import * as ops from '../engine/ops/conv';
import { uniform } from '../engine/random';
import * as tf from '../engine/tf';
import { checkedGroups, checkedPair, pair, Size2d } from './checks';
import { describe, python } from './describe';
import { checkReach, imageSizes } from './fitting';
import { Module } from './module';
import { parameter } from './parameter';

/** How a kernel moves over the image; by default stride 1, no padding, dilation 1, one group, with bias. */
export interface Conv2dOptions {
  readonly stride?: Size2d;
  /** Zeros around the image; `same` keeps its size at stride 1, `valid` is none. */
  readonly padding?: Size2d | 'same' | 'valid';
  readonly dilation?: Size2d;
  readonly groups?: number;
  readonly bias?: boolean;
}

/**
 * Cross-correlates `[b, h, w, inChannels]` with learned kernels; gives `[b, h', w', outChannels]` with
 * h' = ⌊(h + 2·padding − dilation·(kernelSize − 1) − 1) / stride⌋ + 1. Weight and bias start uniform within
 * ±1/√fanIn, as PyTorch's.
 */
export class Conv2d extends Module {
  readonly weight: tf.Variable;
  readonly bias?: tf.Variable;
  readonly kernelSize: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number] | 'same' | 'valid';
  readonly dilation: readonly [number, number];
  readonly groups: number;

  /** @throws RangeError unless sizes are integers, `groups` divides both channel counts, and `same` has stride 1 */
  constructor(
    readonly inChannels: number,
    readonly outChannels: number,
    kernelSize: Size2d,
    { stride = 1, padding = 0, dilation = 1, groups = 1, bias = true }: Conv2dOptions = {},
  ) {
    super();
    this.kernelSize = checkedPair('Conv2d', 'kernelSize', kernelSize, 1);
    this.stride = checkedPair('Conv2d', 'stride', stride, 1);
    this.padding = typeof padding === 'string' ? padding : checkedPair('Conv2d', 'padding', padding, 0);
    this.dilation = checkedPair('Conv2d', 'dilation', dilation, 1);
    this.groups = checkedGroups('Conv2d', groups, inChannels, outChannels);
    if (padding === 'same' && pair(stride).some((step) => step !== 1)) {
      throw new RangeError(
        `Cannot build Conv2d: padding 'same' needs stride 1, got ${pair(stride).join(', ')}`,
      );
    }
    const [kh, kw] = this.kernelSize;
    const fan = inChannels / groups;
    const bound = 1 / Math.sqrt(fan * kh * kw);
    this.weight = parameter(uniform([kh, kw, fan, outChannels], -bound, bound), { layout: 'HWIO' });
    if (bias) this.bias = parameter(uniform([outChannels], -bound, bound));
  }

  /** @throws TypeError unless x is `[b, h, w, inChannels]` and not smaller than the kernel */
  forward(x: tf.Tensor): tf.Tensor {
    return convolve(this.typeName(), x, this.weight, this.bias, this);
  }

  protected override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, groups } = this;
    const shown = {
      kernelSize,
      stride,
      padding: String(padding) === '0,0' ? undefined : padding,
      dilation: String(dilation) === '1,1' ? undefined : dilation,
      groups: groups === 1 ? undefined : groups,
      bias: this.bias ? undefined : false,
    };
    return `${python(this.inChannels)}, ${python(this.outChannels)}, ${describe(shown)}`;
  }
}

/** How a kernel moves, with numbers for both axes. */
interface Movement {
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number] | 'same' | 'valid';
  readonly dilation: readonly [number, number];
  readonly groups: number;
}

/**
 * Cross-correlates `[b, h, w, in]` with kernels `[kh, kw, in / groups, out]`: PyTorch's `F.conv2d`, channels last.
 * @throws TypeError unless x has the kernels' channels and is not smaller than they are
 */
export function conv2d(
  x: tf.Tensor,
  weight: tf.Tensor,
  bias?: tf.Tensor,
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: Omit<Conv2dOptions, 'bias'> = {},
): tf.Tensor {
  return convolve('conv2d', x, weight, bias, {
    stride: checkedPair('conv2d', 'stride', stride, 1),
    padding: typeof padding === 'string' ? padding : checkedPair('conv2d', 'padding', padding, 0),
    dilation: checkedPair('conv2d', 'dilation', dilation, 1),
    groups,
  });
}

function convolve(
  name: string,
  x: tf.Tensor,
  weight: tf.Tensor,
  bias: tf.Tensor | undefined,
  { stride, padding, dilation, groups }: Movement,
): tf.Tensor {
  const [kh = 1, kw = 1, fan = 1] = weight.shape;
  const reach = [dilation[0] * (kh - 1) + 1, dilation[1] * (kw - 1) + 1] as const; // that the kernel covers
  const zeros = zerosAround(padding, reach);
  const [above, below, left, right] = zeros;
  imageSizes(name, x, fan * groups);
  checkReach(name, x, [...reach], [above + below, left + right]);
  const y = ops.conv2d(x, weight, { stride, dilation, groups, padding: zeros });
  return bias ? addBias(y, bias) : y;
}

/** Zeros [above, below, left, right]; for even kernels `same` puts the odd one below and right, as PyTorch. */
function zerosAround(
  padding: Movement['padding'],
  reach: readonly [number, number],
): [number, number, number, number] {
  if (padding === 'valid') return [0, 0, 0, 0];
  if (padding !== 'same') return [padding[0], padding[0], padding[1], padding[1]];
  const [height, width] = [(reach[0] - 1) / 2, (reach[1] - 1) / 2];
  return [Math.floor(height), Math.ceil(height), Math.floor(width), Math.ceil(width)];
}
