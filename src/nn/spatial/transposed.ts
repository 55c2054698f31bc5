/** Transposed convolutions over sequences, images and volumes. */
import { addBias } from '../../engine/ops/bias';
import { convTranspose } from '../../engine/ops/conv';
import { refusal } from '../../engine/ops/sizes';
import { uniform } from '../../engine/random';
import * as tf from '../../engine/tf';
import { checkedGroups, checkedSizes, type Size1d, type Size2d, type Size3d, type SizeNd } from '../checks';
import { describe, python } from '../describe';
import { checkShape } from '../fitting';
import { Module } from '../module';
import { parameter } from '../parameter';
import { onBatch, type Rank } from './unbatched';

/** The convolution whose gradient a layer is; by default stride 1, no padding, one group, with bias, dilation 1. */
export interface ConvTransposeOptions<Size extends SizeNd> {
  readonly stride?: Size;
  /** Places taken off both ends of the result. */
  readonly padding?: Size;
  /** Places added behind, to choose among the sizes that a convolution maps to one. */
  readonly outputPadding?: Size;
  readonly groups?: number;
  readonly bias?: boolean;
  readonly dilation?: Size;
}

/** The convolution of images whose gradient a layer is. */
export type ConvTranspose2dOptions = ConvTransposeOptions<Size2d>;

/** The same with a number for each axis. */
interface Movement {
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly outputPadding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

/** What the three layers share; the one class between a layer and Module, as PyTorch's `_ConvTransposeNd`. */
abstract class ConvTransposeNd extends Module {
  readonly weight: tf.Variable;
  readonly bias?: tf.Variable;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly outputPadding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;

  constructor(
    rank: Rank,
    readonly inChannels: number,
    readonly outChannels: number,
    { kernelSize, ...options }: ConvTransposeOptions<SizeNd> & { readonly kernelSize: SizeNd },
  ) {
    super();
    const name = this.constructor.name;
    const { bias = true, groups = 1 } = options;
    this.kernelSize = checkedSizes(name, 'kernelSize', { size: kernelSize, rank, least: 1 });
    const { stride, padding, outputPadding, dilation } = movementOf(name, rank, options);
    [this.stride, this.padding, this.outputPadding, this.dilation] = [
      stride,
      padding,
      outputPadding,
      dilation,
    ];
    this.groups = checkedGroups(name, groups, inChannels, outChannels);
    const fan = outChannels / groups; // PyTorch counts a transposed kernel's second axis as its fan-in
    const bound = 1 / Math.sqrt(fan * this.kernelSize.reduce((product, n) => product * n, 1));
    const shape = [...this.kernelSize, fan, inChannels] as [number, number, number];
    this.weight = parameter(uniform(shape, -bound, bound), { layout: 'HWIO' });
    if (bias) this.bias = parameter(uniform([outChannels], -bound, bound));
  }

  /**
   * @param outputSize the lengths that the result shall have, in the place of `outputPadding`
   * @throws TypeError unless x has `inChannels` channels last
   * @throws RangeError for an output size that no output padding gives
   */
  forward(x: tf.Tensor, outputSize?: SizeNd): tf.Tensor {
    const movement: Movement =
      outputSize === undefined ? this : { ...this.movement(), outputPadding: this.paddingFor(x, outputSize) };
    return transpose(this.typeName(), x, this.weight, this.bias, movement);
  }

  protected override extraRepr(): string {
    const { kernelSize, stride, padding, outputPadding, dilation, groups } = this;
    const all = (sizes: readonly number[], value: number) => sizes.every((size) => size === value);
    const shown = {
      kernelSize,
      stride,
      padding: all(padding, 0) ? undefined : padding,
      dilation: all(dilation, 1) ? undefined : dilation,
      outputPadding: all(outputPadding, 0) ? undefined : outputPadding,
      groups: groups === 1 ? undefined : groups,
      bias: this.bias ? undefined : false,
    };
    return `${python(this.inChannels)}, ${python(this.outChannels)}, ${describe(shown)}`;
  }

  private movement(): Movement {
    const { stride, padding, outputPadding, dilation, groups } = this;
    return { stride, padding, outputPadding, dilation, groups };
  }

  private paddingFor(x: tf.Tensor, outputSize: SizeNd): number[] {
    const rank = this.stride.length;
    const wanted = checkedSizes(this.typeName(), 'outputSize', { size: outputSize, rank, least: 1 });
    const least = fullLengths(x.shape.slice(-rank - 1, -1), this.weight, this).map(
      (length, i) => length - 2 * (this.padding[i] ?? 0),
    );
    const extra = wanted.map((length, i) => length - (least[i] ?? 0));
    if (extra.every((places, i) => places >= 0 && places < (this.stride[i] ?? 1))) return extra;
    const most = least.map((length, i) => length + (this.stride[i] ?? 1) - 1);
    throw new RangeError(
      `Cannot call ${this.typeName()}: expected an output size from ${least.join(' by ')} to ${most.join(' by ')}, ` +
        `got ${wanted.join(' by ')}`,
    );
  }
}

/** The transposed convolution of sequences: `[b, l, inChannels]` → `[b, l', outChannels]`. */
export class ConvTranspose1d extends ConvTransposeNd {
  /**
   * @throws RangeError unless sizes are integers, `groups` divides both channel counts, and `outputPadding` is below
   *   the stride or the dilation
   */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Size1d,
    options: ConvTransposeOptions<Size1d> = {},
  ) {
    super(1, inChannels, outChannels, { ...options, kernelSize });
  }
}

/**
 * The transposed ("de-") convolution: `[b, h, w, inChannels]` → `[b, h', w', outChannels]` with
 * h' = (h − 1)·stride − 2·padding + dilation·(kernelSize − 1) + outputPadding + 1.
 */
export class ConvTranspose2d extends ConvTransposeNd {
  /**
   * @throws RangeError unless sizes are integers, `groups` divides both channel counts, and `outputPadding` is below
   *   the stride or the dilation
   */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Size2d,
    options: ConvTranspose2dOptions = {},
  ) {
    super(2, inChannels, outChannels, { ...options, kernelSize });
  }
}

/** The transposed convolution of volumes: `[b, d, h, w, inChannels]` → `[b, d', h', w', outChannels]`. */
export class ConvTranspose3d extends ConvTransposeNd {
  /**
   * @throws RangeError unless sizes are integers, `groups` divides both channel counts, and `outputPadding` is below
   *   the stride or the dilation
   */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Size3d,
    options: ConvTransposeOptions<Size3d> = {},
  ) {
    super(3, inChannels, outChannels, { ...options, kernelSize });
  }
}

/** The options of the functions: those of the layers that are not in the weights. */
export type FunctionalConvTransposeOptions<Size extends SizeNd> = Omit<ConvTransposeOptions<Size>, 'bias'>;

/**
 * The transposed convolution of `[b, l, in]` with kernels `[k, out / groups, in]`: `F.conv_transpose1d`, channels last.
 * @throws TypeError unless x has the kernels' channels
 */
export function convTranspose1d(
  x: tf.Tensor,
  weight: tf.Tensor,
  bias?: tf.Tensor,
  options: FunctionalConvTransposeOptions<Size1d> = {},
): tf.Tensor {
  return transposeBy('convTranspose1d', 1, [x, weight, bias], options);
}

/**
 * The transposed convolution of `[b, h, w, in]` with kernels `[kh, kw, out / groups, in]`: `F.conv_transpose2d`.
 * @throws TypeError unless x has the kernels' channels
 */
export function convTranspose2d(
  x: tf.Tensor,
  weight: tf.Tensor,
  bias?: tf.Tensor,
  options: FunctionalConvTransposeOptions<Size2d> = {},
): tf.Tensor {
  return transposeBy('convTranspose2d', 2, [x, weight, bias], options);
}

/**
 * The transposed convolution of `[b, d, h, w, in]` with kernels `[kd, kh, kw, out / groups, in]`: `F.conv_transpose3d`.
 * @throws TypeError unless x has the kernels' channels
 */
export function convTranspose3d(
  x: tf.Tensor,
  weight: tf.Tensor,
  bias?: tf.Tensor,
  options: FunctionalConvTransposeOptions<Size3d> = {},
): tf.Tensor {
  return transposeBy('convTranspose3d', 3, [x, weight, bias], options);
}

function transposeBy(
  name: string,
  rank: Rank,
  [x, weight, bias]: readonly [tf.Tensor, tf.Tensor, tf.Tensor?],
  options: FunctionalConvTransposeOptions<SizeNd>,
): tf.Tensor {
  if (weight.rank !== rank + 2) {
    throw refusal(name, `weight [${['d', 'h', 'w'].slice(3 - rank).join(', ')}, out / groups, in]`, weight);
  }
  return transpose(name, x, weight, bias, movementOf(name, rank, options));
}

/** The options with a number for each axis. */
function movementOf(
  name: string,
  rank: Rank,
  { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 }: ConvTransposeOptions<SizeNd>,
): Movement {
  const checked = (what: string, size: SizeNd, least: number) =>
    checkedSizes(name, what, { size, rank, least });
  const movement = {
    stride: checked('stride', stride, 1),
    padding: checked('padding', padding, 0),
    outputPadding: checked('outputPadding', outputPadding, 0),
    dilation: checked('dilation', dilation, 1),
    groups,
  };
  const most = movement.stride.map((step, i) => Math.max(step, movement.dilation[i] ?? 1));
  if (movement.outputPadding.every((extra, i) => extra < (most[i] ?? 1))) return movement;
  throw new RangeError(
    `Cannot build ${name}: outputPadding must be smaller than stride ${movement.stride.join(', ')} or dilation ` +
      `${movement.dilation.join(', ')}, got ${movement.outputPadding.join(', ')}`,
  );
}

/** The lengths of a result of which nothing is taken off. */
function fullLengths(
  lengths: readonly number[],
  weight: tf.Tensor,
  { stride, dilation }: Pick<Movement, 'stride' | 'dilation'>,
): number[] {
  return lengths.map(
    (length, i) => (length - 1) * (stride[i] ?? 1) + (dilation[i] ?? 1) * ((weight.shape[i] ?? 1) - 1) + 1,
  );
}

function transpose(
  name: string,
  x: tf.Tensor,
  weight: tf.Tensor,
  bias: tf.Tensor | undefined,
  movement: Movement,
): tf.Tensor {
  const { stride, padding, outputPadding, dilation, groups } = movement;
  const rank = stride.length as Rank;
  const [fan = 1, channels = 1] = weight.shape.slice(-2);
  if (bias) checkShape(name, 'bias', bias, [fan * groups]);
  return onBatch(name, x, { rank, channels }, (batch) => {
    // what output padding adds is first what padding took off, then zeros
    const ends = padding.map((places, i): [number, number] => [
      places,
      Math.max(places - (outputPadding[i] ?? 0), 0),
    ]);
    const lengths = fullLengths(batch.shape.slice(1, -1), weight, movement).map(
      (length, i) => length - (ends[i]?.[0] ?? 0) - (ends[i]?.[1] ?? 0),
    );
    if (lengths.some((length) => length < 1)) {
      throw refusal(name, `inputs of which padding ${padding.join(', ')} leaves something`, batch);
    }
    const y = convTranspose(batch, weight, lengths, { stride, dilation, groups, padding: ends });
    const zeros = outputPadding.map((extra, i): [number, number] => [
      0,
      Math.max(extra - (padding[i] ?? 0), 0),
    ]);
    const whole = zeros.some(([, after]) => after > 0) ? tf.pad(y, [[0, 0], ...zeros, [0, 0]]) : y;
    return bias ? addBias(whole, bias) : whole;
  });
}
