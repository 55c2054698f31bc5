/** The largest values of windows over sequences, images and volumes, as functions and as modules; and the way back. */
import * as ops from '../../engine/ops/pool';
import { refusal } from '../../engine/ops/sizes';
import * as tf from '../../engine/tf';
import { checkedSizes, type Size1d, type Size2d, type Size3d, type SizeNd, sizesAlong } from '../checks';
import { describe } from '../describe';
import { checkShape } from '../fitting';
import { Module } from '../module';
import { onBatch, onBatches, type Rank } from './unbatched';
import { checkWindow, type PoolOptions, windowOf } from './windowing';

/** How the window moves, and whether the places of the largest values are given, too. */
export interface MaxPoolOptions<
  Size extends SizeNd,
  Indices extends boolean = false,
> extends PoolOptions<Size> {
  /** Distance of the window's places. */
  readonly dilation?: Size;
  /**
   * Whether to give the places, too (int32), counted row by row over the axes of the window: what `MaxUnpool2d` takes.
   */
  readonly returnIndices?: Indices;
}

/** The largest values; with `returnIndices` beside them their places. */
export type Pooled<Indices extends boolean> = Indices extends true ? [tf.Tensor, tf.Tensor] : tf.Tensor;

/** The largest value of each window, `[b, l, c]` → `[b, l', c]`; NaN where a window holds NaN. */
export function maxPool1d<Indices extends boolean = false>(
  x: tf.Tensor,
  kernelSize: Size1d,
  options: MaxPoolOptions<Size1d, Indices> = {},
): Pooled<Indices> {
  return maxPool('maxPool1d', 1, x, kernelSize, options);
}

/** The largest value of each window, `[b, h, w, c]` → `[b, h', w', c]`; NaN where a window holds NaN. */
export function maxPool2d<Indices extends boolean = false>(
  x: tf.Tensor,
  kernelSize: Size2d,
  options: MaxPoolOptions<Size2d, Indices> = {},
): Pooled<Indices> {
  return maxPool('maxPool2d', 2, x, kernelSize, options);
}

/** The largest value of each window, `[b, d, h, w, c]` → `[b, d', h', w', c]`; NaN where a window holds NaN. */
export function maxPool3d<Indices extends boolean = false>(
  x: tf.Tensor,
  kernelSize: Size3d,
  options: MaxPoolOptions<Size3d, Indices> = {},
): Pooled<Indices> {
  return maxPool('maxPool3d', 3, x, kernelSize, options);
}

function maxPool<Indices extends boolean>(
  what: string,
  rank: Rank,
  x: tf.Tensor,
  kernelSize: SizeNd,
  options: MaxPoolOptions<SizeNd, Indices>,
): Pooled<Indices> {
  const window = windowOf(what, rank, kernelSize, options);
  const pooled = options.returnIndices
    ? onBatches(what, x, rank, (batch) => {
        checkWindow(what, batch, window);
        return ops.maxPoolWithPlaces(batch, window);
      })
    : onBatch(what, x, { rank }, (batch) => {
        checkWindow(what, batch, window);
        return ops.maxPool(batch, window);
      });
  return pooled as Pooled<Indices>;
}

/** What the three layers share; the one class between a layer and Module, as PyTorch's `_MaxPoolNd`. */
abstract class MaxPoolNd<Indices extends boolean> extends Module {
  readonly padding: SizeNd;
  readonly dilation: SizeNd;
  readonly returnIndices: boolean;
  readonly ceilMode: boolean;
  private readonly rank: Rank;

  constructor(
    rank: Rank,
    readonly kernelSize: SizeNd,
    readonly stride: SizeNd = kernelSize,
    options: Omit<MaxPoolOptions<SizeNd, Indices>, 'stride'> = {},
  ) {
    super();
    const { padding = 0, dilation = 1, returnIndices = false, ceilMode = false } = options;
    [this.padding, this.dilation, this.returnIndices] = [padding, dilation, returnIndices];
    [this.ceilMode, this.rank] = [ceilMode, rank];
    windowOf(this.constructor.name, rank, kernelSize, this);
  }

  /** @throws TypeError unless x has the layer's axes, channels last, and holds a window */
  forward(x: tf.Tensor): Pooled<Indices> {
    const options = this as MaxPoolOptions<SizeNd, boolean>;
    return maxPool(this.typeName(), this.rank, x, this.kernelSize, options) as Pooled<Indices>;
  }

  protected override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return describe({ kernelSize, stride, padding, dilation, ceilMode });
  }
}

/** `maxPool1d` as a module. */
export class MaxPool1d<Indices extends boolean = false> extends MaxPoolNd<Indices> {
  /** @throws RangeError unless sizes are integers and `padding` is at most half of the window */
  constructor(
    kernelSize: Size1d,
    stride?: Size1d,
    options?: Omit<MaxPoolOptions<Size1d, Indices>, 'stride'>,
  ) {
    super(1, kernelSize, stride, options);
  }
}

/** `maxPool2d` as a module; `new MaxPool2d(2)` halves an image. */
export class MaxPool2d<Indices extends boolean = false> extends MaxPoolNd<Indices> {
  /** @throws RangeError unless sizes are integers and `padding` is at most half of the window */
  constructor(
    kernelSize: Size2d,
    stride?: Size2d,
    options?: Omit<MaxPoolOptions<Size2d, Indices>, 'stride'>,
  ) {
    super(2, kernelSize, stride, options);
  }
}

/** `maxPool3d` as a module. */
export class MaxPool3d<Indices extends boolean = false> extends MaxPoolNd<Indices> {
  /** @throws RangeError unless sizes are integers and `padding` is at most half of the window */
  constructor(
    kernelSize: Size3d,
    stride?: Size3d,
    options?: Omit<MaxPoolOptions<Size3d, Indices>, 'stride'>,
  ) {
    super(3, kernelSize, stride, options);
  }
}

/** Of which pool a result is laid out again. */
export interface MaxUnpoolOptions<Size extends SizeNd> {
  /** Steps between windows; the window's own size unless given. */
  readonly stride?: Size | undefined;
  readonly padding?: Size;
  /** The lengths of the pool's input, where several give one result. */
  readonly outputSize?: Size | undefined;
}

/** Puts what `maxPool1d` gave back to its places, zeros elsewhere. */
export function maxUnpool1d(
  x: tf.Tensor,
  indices: tf.Tensor,
  kernelSize: Size1d,
  options: MaxUnpoolOptions<Size1d> = {},
): tf.Tensor {
  return maxUnpool('maxUnpool1d', 1, [x, indices], kernelSize, options);
}

/** Puts what `maxPool2d` gave back to its places, zeros elsewhere. */
export function maxUnpool2d(
  x: tf.Tensor,
  indices: tf.Tensor,
  kernelSize: Size2d,
  options: MaxUnpoolOptions<Size2d> = {},
): tf.Tensor {
  return maxUnpool('maxUnpool2d', 2, [x, indices], kernelSize, options);
}

/** Puts what `maxPool3d` gave back to its places, zeros elsewhere. */
export function maxUnpool3d(
  x: tf.Tensor,
  indices: tf.Tensor,
  kernelSize: Size3d,
  options: MaxUnpoolOptions<Size3d> = {},
): tf.Tensor {
  return maxUnpool('maxUnpool3d', 3, [x, indices], kernelSize, options);
}

function maxUnpool(
  what: string,
  rank: Rank,
  [x, indices]: readonly [tf.Tensor, tf.Tensor],
  kernelSize: SizeNd,
  { outputSize, ...options }: MaxUnpoolOptions<SizeNd>,
): tf.Tensor {
  const window = windowOf(what, rank, kernelSize, options);
  return onBatch(what, x, { rank }, (batch) => {
    checkShape(what, 'indices', indices, x.shape);
    if (indices.dtype !== 'int32') throw refusal(what, 'indices int32', indices.dtype);
    const natural = window.stride.map(
      (step, i) =>
        ((batch.shape[i + 1] ?? 0) - 1) * step - 2 * (window.padding[i] ?? 0) + (window.kernelSize[i] ?? 1),
    );
    const lengths = outputSize === undefined ? natural : sizesAlong(rank, outputSize);
    const near = lengths.every((length, i) => Math.abs(length - (natural[i] ?? 0)) < (window.stride[i] ?? 1));
    if (lengths.length !== rank || !near) {
      const expected = `an output size less than ${window.stride.join(', ')} from ${natural.join(', ')}`;
      throw refusal(what, expected, lengths.join(', '));
    }
    return ops.maxUnpool(batch, tf.reshape(indices, batch.shape), lengths);
  });
}

/** What the three layers share; the one class between a layer and Module, as PyTorch's `_MaxUnpoolNd`. */
abstract class MaxUnpoolNd extends Module {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];

  constructor(rank: Rank, kernelSize: SizeNd, stride: SizeNd = kernelSize, padding: SizeNd = 0) {
    super();
    const checked = (name: string, size: SizeNd, least: number) =>
      checkedSizes(this.constructor.name, name, { size, rank, least });
    this.kernelSize = checked('kernelSize', kernelSize, 1);
    this.stride = checked('stride', stride, 1);
    this.padding = checked('padding', padding, 0);
  }

  /**
   * @param indices the places that the pool gave with `returnIndices`
   * @param outputSize the lengths of the pool's input, where several give one result
   * @throws TypeError unless both have one shape and the lengths belong to it
   */
  forward(x: tf.Tensor, indices: tf.Tensor, outputSize?: SizeNd): tf.Tensor {
    const { kernelSize, stride, padding } = this;
    const rank = stride.length as Rank;
    return maxUnpool(this.typeName(), rank, [x, indices], kernelSize, { stride, padding, outputSize });
  }

  protected override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return describe({ kernelSize, stride, padding });
  }
}

/** `maxUnpool1d` as a module. */
export class MaxUnpool1d extends MaxUnpoolNd {
  /** @throws RangeError unless sizes are integers */
  constructor(kernelSize: Size1d, stride?: Size1d, { padding }: { readonly padding?: Size1d } = {}) {
    super(1, kernelSize, stride, padding);
  }
}

/** `maxUnpool2d` as a module. */
export class MaxUnpool2d extends MaxUnpoolNd {
  /** @throws RangeError unless sizes are integers */
  constructor(kernelSize: Size2d, stride?: Size2d, { padding }: { readonly padding?: Size2d } = {}) {
    super(2, kernelSize, stride, padding);
  }
}

/** `maxUnpool3d` as a module. */
export class MaxUnpool3d extends MaxUnpoolNd {
  /** @throws RangeError unless sizes are integers */
  constructor(kernelSize: Size3d, stride?: Size3d, { padding }: { readonly padding?: Size3d } = {}) {
    super(3, kernelSize, stride, padding);
  }
}
