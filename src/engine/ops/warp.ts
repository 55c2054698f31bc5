/**
 * Images `[b, h, w, c]` and volumes `[b, d, h, w, c]` read at any points, as PyTorch's `grid_sample` does it, with
 * gradients to both the pixels and the points.
 */
import * as tf from '../tf';

/** What stands between pixels; the cubic kind is for images. */
export type WarpMode = 'bilinear' | 'nearest' | 'bicubic';
/** What is read outside: zeros, the nearest pixel, or the picture turned back at its edges. */
export type WarpPadding = 'zeros' | 'border' | 'reflection';

/** How points are meant. */
export interface WarpOptions {
  readonly mode: WarpMode;
  readonly padding: WarpPadding;
  /** Whether −1 and 1 are the centres of the outermost pixels, not their outer edges. */
  readonly alignCorners: boolean;
}

/** A place along one axis, which may lie outside, and how much it counts. */
interface Tap {
  readonly place: tf.Tensor;
  readonly weight?: tf.Tensor;
}

/**
 * The values at the points.
 * @param points `[b, …, 2]` or `[b, …, 3]` in −1 … 1, the coordinate along the last axis of the window first
 */
export function warp(x: tf.Tensor, points: tf.Tensor, options: WarpOptions): tf.Tensor {
  const lengths = x.shape.slice(1, -1);
  const coordinates = tf.unstack(points, -1).reverse();
  const taps = lengths.map((length, i) => tapsAlong(coordinates[i] as tf.Tensor, length, options));
  const choices = taps.reduce<Tap[][]>(
    (all, axis) => all.flatMap((chosen) => axis.map((tap) => [...chosen, tap])),
    [[]],
  );
  const parts = choices.map((chosen) => {
    const places = chosen.map(({ place }) => place);
    const weights = chosen.flatMap(({ weight }) => (weight ? [weight] : []));
    const value = valuesAt(x, places, lengths);
    if (weights.length === 0) return value;
    return tf.mul(value, tf.expandDims(weights.reduce((a, b) => tf.mul(a, b)), -1)); // prettier-ignore
  });
  return parts.reduce((a, b) => tf.add(a, b));
}

function tapsAlong(coordinate: tf.Tensor, length: number, options: WarpOptions): Tap[] {
  const at = options.alignCorners
    ? tf.mul(tf.add(coordinate, 1), (length - 1) / 2)
    : tf.div(tf.sub(tf.mul(tf.add(coordinate, 1), length), 1), 2);
  if (options.mode === 'nearest') return [{ place: tf.round(padded(at, length, options)) }];
  if (options.mode === 'bilinear') {
    const inside = padded(at, length, options);
    const first = tf.floor(inside);
    const share = tf.sub(inside, first);
    return [
      { place: first, weight: tf.sub(1, share) },
      { place: tf.add(first, 1), weight: share },
    ];
  }
  const first = tf.floor(at);
  const share = tf.sub(at, first);
  return cubicWeights(share).map((weight, i) => ({
    place: padded(tf.add(first, i - 1), length, options),
    weight,
  }));
}

/** Keys' kernel with −0.75, the weights of the four pixels around a point. */
function cubicWeights(t: tf.Tensor): tf.Tensor[] {
  const a = -0.75;
  const near = (x: tf.Tensor) => tf.add(tf.mul(tf.mul(tf.sub(tf.mul(x, a + 2), a + 3), x), x), 1);
  const far = (x: tf.Tensor) =>
    tf.sub(tf.mul(tf.add(tf.mul(tf.sub(tf.mul(x, a), 5 * a), x), 8 * a), x), 4 * a);
  return [far(tf.add(t, 1)), near(t), near(tf.sub(1, t)), far(tf.sub(2, t))];
}

/** Where a place outside is read; no gradient goes through what was moved to an edge. */
function padded(at: tf.Tensor, length: number, { padding, alignCorners }: WarpOptions): tf.Tensor {
  if (padding === 'zeros') return at;
  const last = tf.scalar(length - 1);
  const clipped = (p: tf.Tensor) =>
    tf.where(tf.greater(p, 0), tf.where(tf.less(p, last), p, last), tf.zeros([]));
  if (padding === 'border') return clipped(at);
  return clipped(alignCorners ? reflected(at, 0, length - 1) : reflected(at, -0.5, length - 0.5));
}

function reflected(at: tf.Tensor, low: number, high: number): tf.Tensor {
  const span = high - low;
  if (span === 0) return tf.mul(at, 0);
  const from = tf.sub(at, low);
  const distance = tf.where(tf.less(from, 0), tf.neg(from), from);
  const rest = tf.mod(distance, span);
  const even = tf.equal(tf.mod(tf.floor(tf.div(distance, span)), 2), 0);
  return tf.where(even, tf.add(rest, low), tf.sub(span + low, rest));
}

/** The pixels at whole places, 0 for those outside: `[b, …, c]`. */
function valuesAt(x: tf.Tensor, places: readonly tf.Tensor[], lengths: readonly number[]): tf.Tensor {
  const [b = 0, c = 0] = [x.shape[0], x.shape.at(-1)];
  const within = places
    .flatMap((place, i) => [tf.greaterEqual(place, 0), tf.lessEqual(place, (lengths[i] ?? 1) - 1)])
    .reduce((p, q) => tf.logicalAnd(p, q));
  const whole = places.map((place) => tf.cast(tf.where(within, place, tf.zeros([])), 'int32'));
  const size = lengths.reduce((product, length) => product * length, 1);
  const whole32 = (n: number) => tf.scalar(n, 'int32');
  const starts = tf.mul(tf.range(0, b, 1, 'int32'), whole32(size));
  const inImage = whole.reduce((sum, place, i) => tf.add(tf.mul(sum, whole32(lengths[i] ?? 1)), place));
  const rows = tf.add(inImage, tf.reshape(starts, [b, ...inImage.shape.slice(1).map(() => 1)]));
  const values = tf.gather(tf.reshape(x, [b * size, c]), rows);
  return tf.where(tf.expandDims(within, -1), values, tf.zeros([]));
}
