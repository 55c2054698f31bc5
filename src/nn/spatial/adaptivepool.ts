/** Pools whose result has a given size, whatever that of the input, as functions and as modules. */
import * as ops from '../../engine/ops/pool';
import * as tf from '../../engine/tf';
import { python } from '../describe';
import { Module } from '../module';
import type { Pooled } from './maxpool';
import { onBatch, onBatches, type Rank } from './unbatched';

/** A length, or null for the input's own. */
export type OutputLength = number | null;
/** The length of the result; null keeps the input's. */
export type OutputSize1d = OutputLength | readonly [OutputLength];
/** Rows and columns of the result, or one number for both; null keeps the input's. */
export type OutputSize2d = OutputLength | readonly [OutputLength, OutputLength];
/** Depth, rows and columns of the result, or one number for all; null keeps the input's. */
export type OutputSize3d = OutputLength | readonly [OutputLength, OutputLength, OutputLength];
/** The lengths of the result along all axes. */
export type OutputSize = OutputLength | readonly OutputLength[];

/** Whether an adaptive pool gives the places of the largest values, too. */
export interface AdaptiveMaxPoolOptions<Indices extends boolean = false> {
  readonly returnIndices?: Indices;
}

/** Means over as many windows as the result has places, `[b, l, c]` → `[b, outputSize, c]`. */
export function adaptiveAvgPool1d(x: tf.Tensor, outputSize: OutputSize1d): tf.Tensor {
  return adaptiveAvgPool('adaptiveAvgPool1d', 1, x, outputSize);
}

/** Means over as many windows as the result has pixels, whatever the size of the image. */
export function adaptiveAvgPool2d(x: tf.Tensor, outputSize: OutputSize2d): tf.Tensor {
  return adaptiveAvgPool('adaptiveAvgPool2d', 2, x, outputSize);
}

/** Means over as many windows as the result has voxels, whatever the size of the volume. */
export function adaptiveAvgPool3d(x: tf.Tensor, outputSize: OutputSize3d): tf.Tensor {
  return adaptiveAvgPool('adaptiveAvgPool3d', 3, x, outputSize);
}

/** The largest values of as many windows as the result has places, `[b, l, c]` → `[b, outputSize, c]`. */
export function adaptiveMaxPool1d<Indices extends boolean = false>(
  x: tf.Tensor,
  outputSize: OutputSize1d,
  options: AdaptiveMaxPoolOptions<Indices> = {},
): Pooled<Indices> {
  return adaptiveMaxPool('adaptiveMaxPool1d', 1, x, { outputSize, ...options });
}

/** The largest values of as many windows as the result has pixels, whatever the size of the image. */
export function adaptiveMaxPool2d<Indices extends boolean = false>(
  x: tf.Tensor,
  outputSize: OutputSize2d,
  options: AdaptiveMaxPoolOptions<Indices> = {},
): Pooled<Indices> {
  return adaptiveMaxPool('adaptiveMaxPool2d', 2, x, { outputSize, ...options });
}

/** The largest values of as many windows as the result has voxels, whatever the size of the volume. */
export function adaptiveMaxPool3d<Indices extends boolean = false>(
  x: tf.Tensor,
  outputSize: OutputSize3d,
  options: AdaptiveMaxPoolOptions<Indices> = {},
): Pooled<Indices> {
  return adaptiveMaxPool('adaptiveMaxPool3d', 3, x, { outputSize, ...options });
}

function adaptiveAvgPool(what: string, rank: Rank, x: tf.Tensor, outputSize: OutputSize): tf.Tensor {
  const sizes = checkedOutput(what, rank, outputSize);
  return onBatch(what, x, { rank }, (batch) => ops.adaptiveAvgPool(batch, lengthsOf(batch, sizes)));
}

function adaptiveMaxPool<Indices extends boolean>(
  what: string,
  rank: Rank,
  x: tf.Tensor,
  { outputSize, returnIndices }: AdaptiveMaxPoolOptions<Indices> & { readonly outputSize: OutputSize },
): Pooled<Indices> {
  const sizes = checkedOutput(what, rank, outputSize);
  const pooled = onBatches(what, x, rank, (batch) => ops.adaptiveMaxPool(batch, lengthsOf(batch, sizes)));
  return (returnIndices ? pooled : pooled[0]) as Pooled<Indices>;
}

const lengthsOf = (batch: tf.Tensor, sizes: readonly OutputLength[]): number[] =>
  sizes.map((size, i) => size ?? batch.shape[i + 1] ?? 0);

function checkedOutput(what: string, rank: Rank, outputSize: OutputSize): readonly OutputLength[] {
  const sizes: readonly OutputLength[] = Array.isArray(outputSize)
    ? (outputSize as readonly OutputLength[])
    : Array.from({ length: rank }, () => outputSize as OutputLength);
  const fits = sizes.every((size) => size === null || (Number.isInteger(size) && size >= 1));
  if (sizes.length === rank && fits) return sizes;
  throw new RangeError(
    `Cannot build ${what}: outputSize must be ${rank === 1 ? 'an integer' : `${rank} integers`} of at least 1, ` +
      `or null for the input's own, got ${sizes.join(', ')}`,
  );
}

/** What the six layers share; the one class between a layer and Module. */
abstract class AdaptivePool extends Module {
  constructor(
    protected readonly rank: Rank,
    readonly outputSize: OutputSize,
  ) {
    super();
    checkedOutput(this.constructor.name, rank, outputSize);
  }

  protected override extraRepr(): string {
    const { outputSize } = this;
    const shown = Array.isArray(outputSize)
      ? `(${outputSize.map((size) => python(size as OutputLength)).join(', ')})`
      : '';
    return `output_size=${shown || python(outputSize as OutputLength)}`;
  }
}

/** `adaptiveAvgPool1d` as a module. */
export class AdaptiveAvgPool1d extends AdaptivePool {
  /** @throws RangeError unless the size is an integer of at least 1, or null */
  constructor(outputSize: OutputSize1d) {
    super(1, outputSize);
  }

  /** @throws TypeError unless x is `[b, l, c]` or `[l, c]` */
  forward(x: tf.Tensor): tf.Tensor {
    return adaptiveAvgPool(this.typeName(), this.rank, x, this.outputSize);
  }
}

/** `adaptiveAvgPool2d` as a module; `new AdaptiveAvgPool2d(1)` is the mean over the whole image. */
export class AdaptiveAvgPool2d extends AdaptivePool {
  /** @throws RangeError unless the sizes are integers of at least 1, or null */
  constructor(outputSize: OutputSize2d) {
    super(2, outputSize);
  }

  /** @throws TypeError unless x is `[b, h, w, c]` or `[h, w, c]` */
  forward(x: tf.Tensor): tf.Tensor {
    return adaptiveAvgPool(this.typeName(), this.rank, x, this.outputSize);
  }
}

/** `adaptiveAvgPool3d` as a module. */
export class AdaptiveAvgPool3d extends AdaptivePool {
  /** @throws RangeError unless the sizes are integers of at least 1, or null */
  constructor(outputSize: OutputSize3d) {
    super(3, outputSize);
  }

  /** @throws TypeError unless x is `[b, d, h, w, c]` or `[d, h, w, c]` */
  forward(x: tf.Tensor): tf.Tensor {
    return adaptiveAvgPool(this.typeName(), this.rank, x, this.outputSize);
  }
}

/** `adaptiveMaxPool1d` as a module. */
export class AdaptiveMaxPool1d<Indices extends boolean = false> extends AdaptivePool {
  readonly returnIndices: Indices;

  /** @throws RangeError unless the size is an integer of at least 1, or null */
  constructor(outputSize: OutputSize1d, { returnIndices }: AdaptiveMaxPoolOptions<Indices> = {}) {
    super(1, outputSize);
    this.returnIndices = (returnIndices ?? false) as Indices;
  }

  /** @throws TypeError unless x is `[b, l, c]` or `[l, c]` */
  forward(x: tf.Tensor): Pooled<Indices> {
    return adaptiveMaxPool(this.typeName(), this.rank, x, this);
  }
}

/** `adaptiveMaxPool2d` as a module. */
export class AdaptiveMaxPool2d<Indices extends boolean = false> extends AdaptivePool {
  readonly returnIndices: Indices;

  /** @throws RangeError unless the sizes are integers of at least 1, or null */
  constructor(outputSize: OutputSize2d, { returnIndices }: AdaptiveMaxPoolOptions<Indices> = {}) {
    super(2, outputSize);
    this.returnIndices = (returnIndices ?? false) as Indices;
  }

  /** @throws TypeError unless x is `[b, h, w, c]` or `[h, w, c]` */
  forward(x: tf.Tensor): Pooled<Indices> {
    return adaptiveMaxPool(this.typeName(), this.rank, x, this);
  }
}

/** `adaptiveMaxPool3d` as a module. */
export class AdaptiveMaxPool3d<Indices extends boolean = false> extends AdaptivePool {
  readonly returnIndices: Indices;

  /** @throws RangeError unless the sizes are integers of at least 1, or null */
  constructor(outputSize: OutputSize3d, { returnIndices }: AdaptiveMaxPoolOptions<Indices> = {}) {
    super(3, outputSize);
    this.returnIndices = (returnIndices ?? false) as Indices;
  }

  /** @throws TypeError unless x is `[b, d, h, w, c]` or `[d, h, w, c]` */
  forward(x: tf.Tensor): Pooled<Indices> {
    return adaptiveMaxPool(this.typeName(), this.rank, x, this);
  }
}
