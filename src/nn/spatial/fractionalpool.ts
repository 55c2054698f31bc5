/** Max pools of random windows that make a given size, as functions and as modules. */
import { fractionalMaxPool } from '../../engine/ops/fractional';
import { refusal } from '../../engine/ops/sizes';
import { uniform } from '../../engine/random';
import * as tf from '../../engine/tf';
import { checkedSizes, type Size2d, type Size3d, type SizeNd, sizesAlong } from '../checks';
import { checkFloat, checkShape } from '../fitting';
import { Module } from '../module';
import type { Pooled } from './maxpool';
import { onBatches } from './unbatched';

/** The size of the result, or its share of the input's; one of both. */
export interface FractionalMaxPoolOptions<Size extends SizeNd, Indices extends boolean = false> {
  readonly outputSize?: Size | undefined;
  /** Between 0 and 1. */
  readonly outputRatio?: Size | undefined;
  /** Whether to give the places of the largest values, too. */
  readonly returnIndices?: Indices;
  /** Random numbers in [0, 1) of each sample, channel and axis, `[b, c, axes]`; drawn anew in each call unless given. */
  readonly randomSamples?: tf.Tensor | undefined;
}

type Options = FractionalMaxPoolOptions<SizeNd, boolean>;
type Axes = 2 | 3;

/**
 * The largest value of each of `outputSize` windows at random distances, `[b, h, w, c]` → `[b, h', w', c]`.
 * @throws RangeError unless one of `outputSize` and `outputRatio` is given, of sizes above 0
 */
export function fractionalMaxPool2d<Indices extends boolean = false>(
  x: tf.Tensor,
  kernelSize: Size2d,
  options: FractionalMaxPoolOptions<Size2d, Indices> = {},
): Pooled<Indices> {
  return pooled('fractionalMaxPool2d', 2, x, kernelSize, options) as Pooled<Indices>;
}

/**
 * The largest value of each of `outputSize` windows at random distances, `[b, d, h, w, c]` → `[b, d', h', w', c]`.
 * @throws RangeError unless one of `outputSize` and `outputRatio` is given, of sizes above 0
 */
export function fractionalMaxPool3d<Indices extends boolean = false>(
  x: tf.Tensor,
  kernelSize: Size3d,
  options: FractionalMaxPoolOptions<Size3d, Indices> = {},
): Pooled<Indices> {
  return pooled('fractionalMaxPool3d', 3, x, kernelSize, options) as Pooled<Indices>;
}

function pooled(
  what: string,
  rank: Axes,
  x: tf.Tensor,
  size: SizeNd,
  options: Options,
): tf.Tensor | [tf.Tensor, tf.Tensor] {
  checkFractions(what, rank, options);
  const kernelSize = checkedSizes(what, 'kernelSize', { size, rank, least: 1 });
  const both = onBatches(what, x, rank, (batch) => {
    const outputSize = resultSize(rank, batch, options);
    // PyTorch wants a place more than all windows need in volumes, not in images
    const least = outputSize.map((count, i) => count + (kernelSize[i] ?? 1) - (rank === 3 ? 0 : 1));
    if (!least.every((n, i) => (outputSize[i] ?? 0) >= 1 && n <= (batch.shape[i + 1] ?? 0))) {
      const windows = `${outputSize.join(' by ')} windows of ${kernelSize.join(' by ')}`;
      throw refusal(what, `at least ${least.join(' by ')} places for ${windows}`, x);
    }
    const shape = [batch.shape[0] ?? 0, batch.shape.at(-1) ?? 0, rank];
    if (options.randomSamples) {
      checkFloat(what, options.randomSamples, 'randomSamples');
      checkShape(what, 'randomSamples', options.randomSamples, shape);
    }
    const samples = options.randomSamples ?? uniform(shape, 0, 1);
    return fractionalMaxPool(batch, samples, { kernelSize, outputSize });
  });
  return options.returnIndices ? both : both[0];
}

const resultSize = (
  rank: Axes,
  batch: tf.Tensor,
  { outputSize, outputRatio = 0 }: Options,
): readonly number[] =>
  outputSize === undefined
    ? sizesAlong(rank, outputRatio).map((share, i) => Math.trunc((batch.shape[i + 1] ?? 0) * share))
    : sizesAlong(rank, outputSize);

function checkFractions(what: string, rank: Axes, { outputSize, outputRatio }: Options): void {
  if ((outputSize === undefined) === (outputRatio === undefined)) {
    const got = outputSize === undefined ? 'none' : 'both';
    throw new RangeError(`Cannot build ${what}: expected outputSize or outputRatio, got ${got}`);
  }
  if (outputSize !== undefined) {
    checkedSizes(what, 'outputSize', { size: outputSize, rank, least: 1 });
    return;
  }
  const shares = sizesAlong(rank, outputRatio ?? 0);
  if (shares.length === rank && shares.every((share) => share > 0 && share < 1)) return;
  throw new RangeError(`Cannot build ${what}: outputRatio must be between 0 and 1, got ${shares.join(', ')}`);
}

/** What both layers share; the one class between a layer and Module. */
abstract class FractionalMaxPool<Indices extends boolean> extends Module {
  readonly outputSize?: SizeNd | undefined;
  readonly outputRatio?: SizeNd | undefined;
  readonly returnIndices: boolean;
  readonly randomSamples?: tf.Tensor | undefined;

  constructor(
    private readonly axes: Axes,
    readonly kernelSize: SizeNd,
    options: FractionalMaxPoolOptions<SizeNd, Indices>,
  ) {
    super();
    const { outputSize, outputRatio, returnIndices = false, randomSamples } = options;
    [this.outputSize, this.outputRatio] = [outputSize, outputRatio];
    [this.returnIndices, this.randomSamples] = [returnIndices, randomSamples];
    checkedSizes(this.constructor.name, 'kernelSize', { size: kernelSize, rank: axes, least: 1 });
    checkFractions(this.constructor.name, axes, this);
  }

  /** @throws TypeError unless x has the layer's axes, channels last, and room for the windows */
  forward(x: tf.Tensor): Pooled<Indices> {
    const { outputSize, outputRatio, returnIndices, randomSamples } = this;
    const options = { outputSize, outputRatio, returnIndices, randomSamples };
    return pooled(this.typeName(), this.axes, x, this.kernelSize, options) as Pooled<Indices>;
  }
}

/** `fractionalMaxPool2d` as a module. */
export class FractionalMaxPool2d<Indices extends boolean = false> extends FractionalMaxPool<Indices> {
  /** @throws RangeError unless one of `outputSize` and `outputRatio` is given, of sizes above 0 */
  constructor(kernelSize: Size2d, options: FractionalMaxPoolOptions<Size2d, Indices> = {}) {
    super(2, kernelSize, options);
  }
}

/** `fractionalMaxPool3d` as a module. */
export class FractionalMaxPool3d<Indices extends boolean = false> extends FractionalMaxPool<Indices> {
  /** @throws RangeError unless one of `outputSize` and `outputRatio` is given, of sizes above 0 */
  constructor(kernelSize: Size3d, options: FractionalMaxPoolOptions<Size3d, Indices> = {}) {
    super(3, kernelSize, options);
  }
}
