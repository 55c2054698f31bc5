/** Means of windows over sequences, images and volumes, and power means, as functions and as modules. */
import * as ops from '../../engine/ops/pool';
import * as tf from '../../engine/tf';
import type { Size1d, Size2d, Size3d, SizeNd } from '../checks';
import { sizesAlong } from '../checks';
import { describe } from '../describe';
import { checkFloat } from '../fitting';
import { Module } from '../module';
import { onBatch, type Rank } from './unbatched';
import { checkWindow, type PoolOptions, windowOf } from './windowing';

/** How the window moves and what its mean is of; by default zeros of the padding count. */
export interface AvgPoolOptions<Size extends SizeNd = Size2d> extends PoolOptions<Size> {
  /** Whether the zeros of the padding count in the mean. */
  readonly countIncludePad?: boolean;
  /** What sums are divided by, in the place of the window's size. */
  readonly divisorOverride?: number | undefined;
}

/** The mean of each window, `[b, l, c]` → `[b, l', c]`. */
export function avgPool1d(
  x: tf.Tensor,
  kernelSize: Size1d,
  options: Omit<AvgPoolOptions<Size1d>, 'divisorOverride'> = {},
): tf.Tensor {
  return avgPool('avgPool1d', 1, x, kernelSize, options);
}

/** The mean of each window, `[b, h, w, c]` → `[b, h', w', c]`. */
export function avgPool2d(x: tf.Tensor, kernelSize: Size2d, options: AvgPoolOptions = {}): tf.Tensor {
  return avgPool('avgPool2d', 2, x, kernelSize, options);
}

/** The mean of each window, `[b, d, h, w, c]` → `[b, d', h', w', c]`. */
export function avgPool3d(x: tf.Tensor, kernelSize: Size3d, options: AvgPoolOptions<Size3d> = {}): tf.Tensor {
  return avgPool('avgPool3d', 3, x, kernelSize, options);
}

function avgPool(
  what: string,
  rank: Rank,
  x: tf.Tensor,
  kernelSize: SizeNd,
  options: AvgPoolOptions<SizeNd>,
): tf.Tensor {
  const { countIncludePad = true, divisorOverride } = options;
  if (divisorOverride === 0)
    throw new RangeError(`Cannot call ${what}: expected a divisor other than 0, got 0`);
  const window = windowOf(what, rank, kernelSize, options);
  return onBatch(what, x, { rank }, (batch) => {
    checkWindow(what, batch, window);
    return ops.avgPool(batch, window, { countIncludePad, divisorOverride });
  });
}

/** What the three layers share; the one class between a layer and Module, as PyTorch's `_AvgPoolNd`. */
abstract class AvgPoolNd extends Module {
  readonly padding: SizeNd;
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;
  readonly divisorOverride: number | undefined;
  private readonly rank: Rank;

  constructor(
    rank: Rank,
    readonly kernelSize: SizeNd,
    readonly stride: SizeNd = kernelSize,
    options: Omit<AvgPoolOptions<SizeNd>, 'stride'> = {},
  ) {
    super();
    const { padding = 0, ceilMode = false, countIncludePad = true, divisorOverride } = options;
    [this.padding, this.ceilMode, this.countIncludePad] = [padding, ceilMode, countIncludePad];
    [this.divisorOverride, this.rank] = [divisorOverride, rank];
    windowOf(this.constructor.name, rank, kernelSize, this);
  }

  /** @throws TypeError unless x has the layer's axes, channels last, and holds a window */
  forward(x: tf.Tensor): tf.Tensor {
    return avgPool(this.typeName(), this.rank, x, this.kernelSize, this);
  }

  protected override extraRepr(): string {
    // PyTorch's layer over sequences alone shows tuples
    const shown = (size: SizeNd): SizeNd => (this.rank === 1 ? sizesAlong(1, size) : size);
    const { kernelSize, stride, padding } = this;
    return describe({ kernelSize: shown(kernelSize), stride: shown(stride), padding: shown(padding) });
  }
}

/** `avgPool1d` as a module. */
export class AvgPool1d extends AvgPoolNd {
  /** @throws RangeError unless sizes are integers and `padding` is at most half of the window */
  constructor(
    kernelSize: Size1d,
    stride?: Size1d,
    options?: Omit<AvgPoolOptions<Size1d>, 'stride' | 'divisorOverride'>,
  ) {
    super(1, kernelSize, stride, options);
  }
}

/** `avgPool2d` as a module. */
export class AvgPool2d extends AvgPoolNd {
  /** @throws RangeError unless sizes are integers and `padding` is at most half of the window */
  constructor(kernelSize: Size2d, stride?: Size2d, options?: Omit<AvgPoolOptions, 'stride'>) {
    super(2, kernelSize, stride, options);
  }
}

/** `avgPool3d` as a module. */
export class AvgPool3d extends AvgPoolNd {
  /** @throws RangeError unless sizes are integers and `padding` is at most half of the window */
  constructor(kernelSize: Size3d, stride?: Size3d, options?: Omit<AvgPoolOptions<Size3d>, 'stride'>) {
    super(3, kernelSize, stride, options);
  }
}

/** How a power mean's window moves. */
export type LPPoolOptions<Size extends SizeNd> = Omit<PoolOptions<Size>, 'padding'>;

/** (Σ x^normType)^(1 / normType) over each window of `[b, l, c]`. */
export function lpPool1d(
  x: tf.Tensor,
  normType: number,
  kernelSize: Size1d,
  options: LPPoolOptions<Size1d> = {},
): tf.Tensor {
  return lpPool('lpPool1d', 1, x, { normType, kernelSize, ...options });
}

/** (Σ x^normType)^(1 / normType) over each window of `[b, h, w, c]`. */
export function lpPool2d(
  x: tf.Tensor,
  normType: number,
  kernelSize: Size2d,
  options: LPPoolOptions<Size2d> = {},
): tf.Tensor {
  return lpPool('lpPool2d', 2, x, { normType, kernelSize, ...options });
}

/** (Σ x^normType)^(1 / normType) over each window of `[b, d, h, w, c]`. */
export function lpPool3d(
  x: tf.Tensor,
  normType: number,
  kernelSize: Size3d,
  options: LPPoolOptions<Size3d> = {},
): tf.Tensor {
  return lpPool('lpPool3d', 3, x, { normType, kernelSize, ...options });
}

interface LPWindow extends LPPoolOptions<SizeNd> {
  readonly normType: number;
  readonly kernelSize: SizeNd;
}

function lpPool(
  what: string,
  rank: Rank,
  x: tf.Tensor,
  { normType, kernelSize, ...options }: LPWindow,
): tf.Tensor {
  checkFloat(what, x);
  const powers = avgPool(what, rank, tf.pow(x, normType), kernelSize, options);
  const size = sizesAlong(rank, kernelSize).reduce((product, n) => product * n, 1);
  // The root's slope at 0 is infinite; PyTorch lets no gradient through a window of zeros.
  const empty = tf.equal(powers, 0);
  const roots = tf.pow(tf.where(empty, tf.ones([]), tf.mul(powers, size)), 1 / normType);
  return tf.where(empty, tf.zeros([]), roots);
}

/** What the three layers share; the one class between a layer and Module, as PyTorch's `_LPPoolNd`. */
abstract class LPPoolNd extends Module {
  readonly ceilMode: boolean;
  private readonly rank: Rank;

  constructor(
    rank: Rank,
    readonly normType: number,
    readonly kernelSize: SizeNd,
    readonly stride: SizeNd | undefined,
    { ceilMode = false }: { readonly ceilMode?: boolean } = {},
  ) {
    super();
    [this.ceilMode, this.rank] = [ceilMode, rank];
    windowOf(this.constructor.name, rank, kernelSize, this);
  }

  /** @throws TypeError unless x has the layer's axes, channels last, and holds a window */
  forward(x: tf.Tensor): tf.Tensor {
    const { normType, kernelSize, stride, ceilMode } = this;
    return lpPool(this.typeName(), this.rank, x, { normType, kernelSize, stride, ceilMode });
  }

  protected override extraRepr(): string {
    const { normType, kernelSize, stride = null, ceilMode } = this;
    return describe({ normType, kernelSize, stride, ceilMode });
  }
}

/** `lpPool1d` as a module. */
export class LPPool1d extends LPPoolNd {
  /** @throws RangeError unless sizes are integers */
  constructor(
    normType: number,
    kernelSize: Size1d,
    stride?: Size1d,
    options?: { readonly ceilMode?: boolean },
  ) {
    super(1, normType, kernelSize, stride, options);
  }
}

/** `lpPool2d` as a module. */
export class LPPool2d extends LPPoolNd {
  /** @throws RangeError unless sizes are integers */
  constructor(
    normType: number,
    kernelSize: Size2d,
    stride?: Size2d,
    options?: { readonly ceilMode?: boolean },
  ) {
    super(2, normType, kernelSize, stride, options);
  }
}

/** `lpPool3d` as a module. */
export class LPPool3d extends LPPoolNd {
  /** @throws RangeError unless sizes are integers */
  constructor(
    normType: number,
    kernelSize: Size3d,
    stride?: Size3d,
    options?: { readonly ceilMode?: boolean },
  ) {
    super(3, normType, kernelSize, stride, options);
  }
}
