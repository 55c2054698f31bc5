import { addBias } from '../engine/ops/bias';
import { convTranspose2d } from '../engine/ops/conv';
import { uniform } from '../engine/random';
import * as tf from '../engine/tf';
import { checkedGroups, checkedPair, Size2d } from './checks';
import { describe, python } from './describe';
import { imageSizes } from './fitting';
import { Module } from './module';
import { parameter } from './parameter';

/**
 * The convolution whose gradient this layer is; by default stride 1, no padding, one group, with bias, dilation 1.
 */
export interface ConvTranspose2dOptions {
  readonly stride?: Size2d;
  /** Rows and columns taken off each side of the result. */
  readonly padding?: Size2d;
  /** Rows and columns added at the bottom and right, to choose among the sizes a convolution maps to one. */
  readonly outputPadding?: Size2d;
  readonly groups?: number;
  readonly bias?: boolean;
  readonly dilation?: Size2d;
}

/**
 * The transposed ("de-") convolution: `[b, h, w, inChannels]` → `[b, h', w', outChannels]` with
 * h' = (h − 1)·stride − 2·padding + dilation·(kernelSize − 1) + outputPadding + 1.
 */
export class ConvTranspose2d extends Module {
  readonly weight: tf.Variable;
  readonly bias?: tf.Variable;
  readonly kernelSize: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly outputPadding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;

  /**
   * @throws RangeError unless sizes are integers, `groups` divides both channel counts, and `outputPadding` is
   *   below the stride
   */
  constructor(
    readonly inChannels: number,
    readonly outChannels: number,
    kernelSize: Size2d,
    options: ConvTranspose2dOptions = {},
  ) {
    super();
    const { stride = 1, padding = 0, outputPadding = 0, groups = 1, bias = true, dilation = 1 } = options;
    const checked = (name: string, size: Size2d, least: number) =>
      checkedPair('ConvTranspose2d', name, size, least);
    this.kernelSize = checked('kernelSize', kernelSize, 1);
    this.stride = checked('stride', stride, 1);
    this.padding = checked('padding', padding, 0);
    this.outputPadding = checked('outputPadding', outputPadding, 0);
    this.dilation = checked('dilation', dilation, 1);
    this.groups = checkedGroups('ConvTranspose2d', groups, inChannels, outChannels);
    if (this.outputPadding.some((extra, i) => extra >= (this.stride[i] ?? 1))) {
      throw new RangeError(
        `Cannot build ConvTranspose2d: outputPadding must be smaller than stride ${this.stride.join(', ')}, ` +
          `got ${this.outputPadding.join(', ')}`,
      );
    }
    const [kh, kw] = this.kernelSize;
    const fan = outChannels / groups; // PyTorch counts a transposed kernel's second axis as its fan-in
    const bound = 1 / Math.sqrt(fan * kh * kw);
    this.weight = parameter(uniform([kh, kw, fan, inChannels], -bound, bound), { layout: 'HWIO' });
    if (bias) this.bias = parameter(uniform([outChannels], -bound, bound));
  }

  /** @throws TypeError unless x is `[b, h, w, inChannels]` */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const { stride, dilation, groups } = this;
    const [rows, columns] = this.padding;
    const [, h, w] = imageSizes(this.typeName(), x, this.inChannels);
    const y = convTranspose2d(x, this.weight, [this.size(h, 0), this.size(w, 1)], {
      stride,
      dilation,
      groups,
      padding: [rows, rows, columns, columns],
    });
    return this.bias ? addBias(y, this.bias) : y;
  }

  protected override extraRepr(): string {
    const { kernelSize, stride, padding, outputPadding, dilation, groups } = this;
    const shown = {
      kernelSize,
      stride,
      padding: String(padding) === '0,0' ? undefined : padding,
      dilation: String(dilation) === '1,1' ? undefined : dilation,
      outputPadding: String(outputPadding) === '0,0' ? undefined : outputPadding,
      groups: groups === 1 ? undefined : groups,
      bias: this.bias ? undefined : false,
    };
    return `${python(this.inChannels)}, ${python(this.outChannels)}, ${describe(shown)}`;
  }

  private size(length: number, axis: 0 | 1): number {
    const reach = this.dilation[axis] * (this.kernelSize[axis] - 1) + 1;
    return (length - 1) * this.stride[axis] - 2 * this.padding[axis] + reach + this.outputPadding[axis];
  }
}
