/**
 * Resampling along one axis, as PyTorch's `interpolate` does it: each place of the result is a weighted sum of places of
 * the input (area, "Keys, Cubic Convolution Interpolation for Digital Image Processing", 1981, for the cubic).
 */
import { withGradient } from '../autograd/gradient';
import { type Attributes, execute } from '../backend/rawops';
import * as tf from '../tf';

/** What stands between places. */
export type Resampling = 'nearest' | 'nearest-exact' | 'linear' | 'cubic';

/** From which places with which weights each place of the result is made; equally many for all. */
export interface Taps {
  readonly places: readonly (readonly number[])[];
  readonly weights: readonly (readonly number[])[];
}

/** How an axis is resampled. */
export interface AxisOptions {
  readonly from: number;
  readonly to: number;
  /** The factor that was asked for, where it is not `to / from` itself. */
  readonly scaleFactor?: number | undefined;
  /** Whether the first and the last places of both fall on each other. */
  readonly alignCorners: boolean;
  /** Whether an image that becomes smaller is averaged over all that it loses. */
  readonly antialias: boolean;
}

const f32 = Math.fround;

/** `[…, from, …]` → `[…, to, …]`. */
export function resample(x: tf.Tensor, axis: number, { places, weights }: Taps): tf.Tensor {
  const shape = x.shape.map((_, i) => (i === axis ? places.length : 1));
  const taps = places[0]?.map((_, tap) => {
    const from = tf.gather(
      x,
      tf.tensor1d(
        places.map((all) => all[tap] ?? 0),
        'int32',
      ),
      axis,
    );
    const share = weights.map((all) => all[tap] ?? 0);
    return share.every((weight) => weight === 1) ? from : tf.mul(from, tf.tensor(share, shape));
  });
  return (taps ?? []).reduce((a, b) => tf.add(a, b));
}

/** How TensorFlow resizes images: `nearest` by the whole factor between both sizes, `linear` with corners as told. */
export interface ResizeOptions {
  readonly kind: 'nearest' | 'linear';
  readonly alignCorners: boolean;
}

/**
 * Images `[b, h, w, c]` in another size by TensorFlow's own kernels, with gradients of every order: several times faster
 * than tap by tap, natively alone. An infinite pixel makes those beside it NaN in the linear kind.
 */
export function resizeImages(x: tf.Tensor, size: readonly number[], options: ResizeOptions): tf.Tensor {
  return withGradient(
    [x],
    () => ({ value: execute(RESIZE[options.kind], resizing(options), [x, lengths(size)]), saved: [x] }),
    (dy, [x]) => [() => resizeBack(dy, x as tf.Tensor, options)],
  );
}

/** The gradient of `resizeImages` for an input like x. */
function resizeBack(dy: tf.Tensor, x: tf.Tensor, options: ResizeOptions): tf.Tensor {
  const like = options.kind === 'linear' ? x : lengths(x.shape.slice(1, 3));
  return withGradient(
    [dy],
    () => ({ value: execute(`${RESIZE[options.kind]}Grad`, resizing(options), [dy, like]), saved: [dy] }),
    (next, [dy]) => [() => resizeImages(next, dy?.shape.slice(1, 3) ?? [], options)],
  );
}

const RESIZE = { nearest: 'ResizeNearestNeighbor', linear: 'ResizeBilinear' } as const;
const lengths = (size: readonly number[]): tf.Tensor => tf.tensor1d([...size], 'int32');

const resizing = ({ kind, alignCorners }: ResizeOptions): Attributes => ({
  T: { type: 'float32' },
  align_corners: { bool: alignCorners },
  half_pixel_centers: { bool: kind === 'linear' && !alignCorners },
});

/** The taps of an axis. */
export function tapsOf(kind: Resampling, options: AxisOptions): Taps {
  const { from, to, antialias } = options;
  const scale = scaleOf(kind, options);
  if (kind === 'nearest' || kind === 'nearest-exact') {
    const half = kind === 'nearest' ? 0 : 0.5;
    // in single precision, as PyTorch: the last bit may decide which place is taken
    const place = (i: number): number => Math.min(Math.floor(f32(f32(i + half) * f32(scale))), from - 1);
    return { places: list(to, (i) => [place(i)]), weights: list(to, () => [1]) };
  }
  if (antialias) return smoothTaps(kind, options, scale);
  return kind === 'linear' ? linearTaps(options, scale) : cubicTaps(options, scale);
}

/** How many places of the input one of the result spans. */
function scaleOf(kind: Resampling, { from, to, scaleFactor, alignCorners }: AxisOptions): number {
  if (alignCorners && !kind.startsWith('nearest')) return to > 1 ? (from - 1) / (to - 1) : 0;
  return scaleFactor === undefined ? from / to : 1 / scaleFactor;
}

const list = <T>(length: number, make: (i: number) => T): T[] => Array.from({ length }, (_, i) => make(i));

function linearTaps({ from, to, alignCorners }: AxisOptions, scale: number): Taps {
  const all = list(to, (i) => {
    const at = alignCorners ? i * scale : Math.max((i + 0.5) * scale - 0.5, 0);
    const first = Math.min(Math.floor(at), from - 1);
    const share = Math.min(Math.max(at - first, 0), 1);
    return { places: [first, Math.min(first + 1, from - 1)], weights: [1 - share, share] };
  });
  return { places: all.map(({ places }) => places), weights: all.map(({ weights }) => weights) };
}

function cubicTaps({ from, to, alignCorners }: AxisOptions, scale: number): Taps {
  const all = list(to, (i) => {
    const at = alignCorners ? i * scale : (i + 0.5) * scale - 0.5;
    const first = Math.floor(at);
    const around = [-1, 0, 1, 2].map((offset) => first + offset);
    return {
      places: around.map((place) => Math.min(Math.max(place, 0), from - 1)),
      weights: around.map((place) => cubic(at - place, -0.75)),
    };
  });
  return { places: all.map(({ places }) => places), weights: all.map(({ weights }) => weights) };
}

/** All places under the filter, which is as wide as what one place of the result spans. */
function smoothTaps(kind: 'linear' | 'cubic', { from, to }: AxisOptions, scale: number): Taps {
  const filter =
    kind === 'linear' ? (x: number) => Math.max(1 - Math.abs(x), 0) : (x: number) => cubic(x, -0.5);
  const wide = Math.max(scale, 1);
  const support = (kind === 'linear' ? 1 : 2) * wide;
  const all = list(to, (i) => {
    const center = scale * (i + 0.5);
    const begin = Math.max(Math.trunc(center - support + 0.5), 0);
    const size = Math.min(Math.trunc(center + support + 0.5), from) - begin;
    const weights = list(size, (tap) => filter((tap + begin - center + 0.5) / wide));
    const total = weights.reduce((a, b) => a + b, 0);
    return { begin, weights: weights.map((weight) => weight / total) };
  });
  const taps = Math.max(...all.map(({ weights }) => weights.length));
  return {
    places: all.map(({ begin }) => list(taps, (tap) => Math.min(begin + tap, from - 1))),
    weights: all.map(({ weights }) => list(taps, (tap) => weights[tap] ?? 0)),
  };
}

/** The cubic kernel with a free parameter: PyTorch takes −0.75, with antialiasing −0.5. */
function cubic(distance: number, a: number): number {
  const x = Math.abs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}
