/** Resizing sequences, images and volumes: `F.interpolate` and the layers of it. */
import { isNative } from '../../engine/backend/rawops';
import { adaptiveAvgPool } from '../../engine/ops/pool';
import {
  type AxisOptions,
  resample,
  type Resampling,
  resizeImages,
  type ResizeOptions,
  tapsOf,
} from '../../engine/ops/resample';
import { refusal } from '../../engine/ops/sizes';
import * as tf from '../../engine/tf';
import { type Size2d, type SizeNd, sizesAlong } from '../checks';
import { describe, float, python } from '../describe';
import { checkFloat } from '../fitting';
import { Module } from '../module';

/** What stands between places: `linear` for sequences, `bilinear` and `bicubic` for images, `trilinear` for volumes. */
export type InterpolationMode =
  'nearest' | 'nearest-exact' | 'linear' | 'bilinear' | 'bicubic' | 'trilinear' | 'area';

/** The size that is asked for, and what stands between places; either `size` or `scaleFactor`, by default `nearest`. */
export interface InterpolateOptions {
  readonly size?: SizeNd | undefined;
  readonly scaleFactor?: SizeNd | undefined;
  readonly mode?: InterpolationMode;
  /** Whether the corner pixels of both fall on each other; of the linear and cubic modes. */
  readonly alignCorners?: boolean | undefined;
  /** Whether the scale is worked out again of both sizes, after the result's was rounded down. */
  readonly recomputeScaleFactor?: boolean | undefined;
  /** Whether what becomes smaller is averaged over all that it loses; of `bilinear` and `bicubic`. */
  readonly antialias?: boolean;
}

/** Which sampling a mode means, and for how many axes it is. */
const MODES: Readonly<Record<Exclude<InterpolationMode, 'area'>, { kind: Resampling; rank?: number }>> = {
  nearest: { kind: 'nearest' },
  'nearest-exact': { kind: 'nearest-exact' },
  linear: { kind: 'linear', rank: 1 },
  bilinear: { kind: 'linear', rank: 2 },
  bicubic: { kind: 'cubic', rank: 2 },
  trilinear: { kind: 'linear', rank: 3 },
};

/**
 * Resizes `[b, l, c]`, `[b, h, w, c]` or `[b, d, h, w, c]` along all axes but the first and the last.
 * @throws TypeError for tensors of other ranks, or of another rank than the mode's
 * @throws RangeError unless one of `size` and `scaleFactor` is given, and for options that the mode has not
 */
export function interpolate(x: tf.Tensor, options: InterpolateOptions = {}): tf.Tensor {
  return interpolateBy('interpolate', x, options);
}

function interpolateBy(what: string, x: tf.Tensor, options: InterpolateOptions): tf.Tensor {
  const { mode = 'nearest', alignCorners = false, antialias = false } = options;
  checkOptions(what, x, mode, options);
  const axes = axesOf(what, x, options);
  if (mode === 'area')
    return adaptiveAvgPool(
      x,
      axes.map(({ to }) => to),
    );
  const { kind } = MODES[mode];
  const how = { kind, alignCorners, antialias };
  if (isResize(x, axes, how)) {
    const sizes = axes.map(({ to }) => to);
    if (x.rank === 4) return resizeImages(x, sizes, how);
    return tf.squeeze(resizeImages(tf.expandDims(x, 1), [1, ...sizes], how), [1]);
  }
  return axes.reduceRight((y, axis, i) => {
    const same = axis.from === axis.to && axis.scaleFactor === undefined;
    return same ? y : resample(y, i + 1, tapsOf(kind, { ...axis, alignCorners, antialias }));
  }, x);
}

/** What TensorFlow's own kernels do: images and sequences, by the very factor between both sizes. */
function isResize(
  x: tf.Tensor,
  axes: readonly Axis[],
  options: { readonly kind: Resampling; readonly alignCorners: boolean; readonly antialias: boolean },
): options is ResizeOptions & typeof options {
  const { kind, alignCorners, antialias } = options;
  if (!isNative() || x.rank === 5 || x.size === 0 || antialias) return false;
  if (kind !== 'linear' && kind !== 'nearest') return false;
  const exact = ({ from, to, scaleFactor = to / from }: Axis): boolean => from * scaleFactor === to;
  return (kind === 'linear' && alignCorners) || axes.every(exact);
}

function checkOptions(
  what: string,
  x: tf.Tensor,
  mode: InterpolationMode,
  options: InterpolateOptions,
): void {
  if (mode !== 'area' && !(mode in MODES)) {
    const names = [...Object.keys(MODES), 'area'].join(', ');
    throw new RangeError(`Cannot call ${what}: expected a mode of ${names}, got ${String(mode)}`);
  }
  const wanted = mode === 'area' ? undefined : MODES[mode].rank;
  if (x.rank < 3 || x.rank > 5 || (wanted !== undefined && x.rank !== wanted + 2)) {
    const inputs = { 1: '[b, l, c]', 2: '[b, h, w, c]', 3: '[b, d, h, w, c]' };
    const expected = wanted === undefined ? Object.values(inputs).join(' or ') : inputs[wanted as 1 | 2 | 3];
    throw refusal(what, `${expected} in the mode ${mode}`, x);
  }
  checkFloat(what, x);
  const plain = mode === 'area' || mode.startsWith('nearest');
  if (plain && options.alignCorners !== undefined) {
    throw new RangeError(
      `Cannot call ${what}: expected alignCorners with a linear or cubic mode, got ${mode}`,
    );
  }
  if (options.antialias && mode !== 'bilinear' && mode !== 'bicubic') {
    throw new RangeError(`Cannot call ${what}: expected antialias with bilinear or bicubic, got ${mode}`);
  }
}

type Axis = Pick<AxisOptions, 'from' | 'to' | 'scaleFactor'>;

/** From which length to which each axis goes. */
function axesOf(
  what: string,
  x: tf.Tensor,
  { size, scaleFactor, recomputeScaleFactor = false }: InterpolateOptions,
): Axis[] {
  const given = size ?? scaleFactor;
  if (given === undefined || (size !== undefined && scaleFactor !== undefined)) {
    throw new RangeError(
      `Cannot call ${what}: expected size or scaleFactor, got ${given === undefined ? 'none' : 'both'}`,
    );
  }
  const lengths = x.shape.slice(1, -1);
  const wanted = sizesAlong(lengths.length, given);
  const results = lengths.map((from, i) =>
    size === undefined ? Math.floor(from * (wanted[i] ?? 0)) : (wanted[i] ?? 0),
  );
  if (wanted.length !== lengths.length || !results.every((to) => Number.isInteger(to) && to >= 1)) {
    const name = size === undefined ? 'scaleFactor' : 'size';
    throw new RangeError(
      `Cannot call ${what}: expected a ${name} that makes ${lengths.length} lengths of at least 1, got ${wanted.join(', ')}`,
    );
  }
  const kept = size === undefined && !recomputeScaleFactor;
  return lengths.map((from, i) => ({ from, to: results[i] ?? 0, scaleFactor: kept ? wanted[i] : undefined }));
}

/** `interpolate` as a module. */
export class Upsample extends Module {
  readonly size?: SizeNd;
  readonly scaleFactor?: SizeNd;
  readonly mode: InterpolationMode;
  readonly alignCorners: boolean | undefined;
  readonly recomputeScaleFactor: boolean | undefined;

  constructor(options: Omit<InterpolateOptions, 'antialias'> = {}) {
    super();
    const { size, scaleFactor, mode = 'nearest', alignCorners, recomputeScaleFactor } = options;
    if (size !== undefined) this.size = size;
    if (scaleFactor !== undefined) this.scaleFactor = scaleFactor;
    [this.mode, this.alignCorners, this.recomputeScaleFactor] = [mode, alignCorners, recomputeScaleFactor];
  }

  /** @throws TypeError unless x is of a rank that the mode takes */
  forward(x: tf.Tensor): tf.Tensor {
    return interpolateBy(this.typeName(), x, this);
  }

  protected override extraRepr(): string {
    const { size, scaleFactor, mode } = this;
    const scale = typeof scaleFactor === 'number' ? float(scaleFactor) : undefined;
    const scales = Array.isArray(scaleFactor)
      ? `(${scaleFactor.map((factor) => python(float(factor as number))).join(', ')})`
      : undefined;
    return describe({ size, scaleFactor: scales ?? scale, mode: `'${mode}'` });
  }
}

/** `Upsample` of images with mode `nearest`. */
export class UpsamplingNearest2d extends Upsample {
  constructor({ size, scaleFactor }: { readonly size?: Size2d; readonly scaleFactor?: Size2d } = {}) {
    super({ size, scaleFactor });
  }
}

/** `Upsample` of images with mode `bilinear`, corners on corners. */
export class UpsamplingBilinear2d extends Upsample {
  constructor({ size, scaleFactor }: { readonly size?: Size2d; readonly scaleFactor?: Size2d } = {}) {
    super({ size, scaleFactor, mode: 'bilinear', alignCorners: true });
  }
}
