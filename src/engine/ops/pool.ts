/** Pooling over one, two or three axes of `[b, …, c]`, with PyTorch's padding, dilation and rounding. */
import { withGradient } from '../autograd/gradient';
import { activeRecording } from '../recording/active';
import * as tf from '../tf';
import { isOwnPool, largestOf, type Window2d } from './windowmax';
import { adaptiveWindows, gatherWindows, movingWindows, type Windows } from './windows';

/** How a window moves: a number for each axis. */
export interface PoolOptions {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  /** Places before and behind. */
  readonly padding: readonly number[];
  /** Distance of the window's places. */
  readonly dilation: readonly number[];
  /** Whether a window that reaches over the end counts, as long as it begins inside or in the padding before. */
  readonly ceilMode: boolean;
}

/** What an average is of. */
export interface MeanOptions {
  /** Whether the zeros of the padding count. */
  readonly countIncludePad: boolean;
  /** What sums are divided by, in the place of the window's size. */
  readonly divisorOverride?: number | undefined;
}

/** What TensorFlow gives for −∞ in a window of nothing else. */
const LOWEST = -3.4028234663852886e38;

/** Windows that fit into each axis. */
export function pooledLengths(x: tf.Tensor, options: PoolOptions): number[] {
  const { stride, padding, kernelSize, dilation, ceilMode } = options;
  return stride.map((step, i) => {
    const [length, zeros = 0] = [x.shape[i + 1] ?? 0, padding[i]];
    const rest = length + 2 * zeros - (dilation[i] ?? 1) * ((kernelSize[i] ?? 1) - 1) - 1;
    const count = (ceilMode ? Math.ceil(rest / step) : Math.floor(rest / step)) + 1;
    return ceilMode && (count - 1) * step >= length + zeros ? count - 1 : count;
  });
}

/** The largest value of each window; padding is −∞, so that it never wins; a window that holds NaN gives NaN. */
export function maxPool(x: tf.Tensor, options: PoolOptions): tf.Tensor {
  if (options.dilation.some((distance) => distance > 1)) return maxPoolWithPlaces(x, options)[0];
  if (isOwnPool(x)) return ownMaxPool(x, options);
  const wide = padded(x, options, -Infinity);
  const values = window('max', wide, options);
  if (isKnownFinite(x)) return values;
  const marks = untracked(() => {
    const nans = nanMarks(window('avg', tf.relu6(wide), options));
    const bottom = tf.lessEqual(values, LOWEST);
    return tf.where(bottom, tf.add(nans, -Infinity), nans);
  });
  return tf.add(values, marks);
}

/** By operations of our own: one axis is an image of one row; volumes go plane by plane, then along the depth. */
function ownMaxPool(x: tf.Tensor, { kernelSize, stride, padding, ...options }: PoolOptions): tf.Tensor {
  const lengths = pooledLengths(x, { kernelSize, stride, padding, ...options });
  const along = (axes: readonly (number | undefined)[]): Window2d => {
    const pair = (list: readonly number[], none: number): [number, number] => {
      const [down, right] = axes.map((axis) => (axis === undefined ? none : (list[axis] ?? none)));
      return [down ?? none, right ?? none];
    };
    const sizes = { kernelSize: pair(kernelSize, 1), stride: pair(stride, 1), padding: pair(padding, 0) };
    return { ...sizes, lengths: pair(lengths, 1) };
  };
  if (lengths.length === 2) return largestOf(x, along([0, 1]));
  if (lengths.length === 1) return tf.squeeze(largestOf(tf.expandDims(x, 1), along([undefined, 0])), [1]);
  const [b = 0, d = 0, h = 0, w = 0, c = 0] = x.shape;
  const [depth = 0, rows = 0, columns = 0] = lengths;
  const planes = largestOf(tf.reshape(x, [b * d, h, w, c]), along([1, 2]));
  const deep = { ...along([0, undefined]), lengths: [depth, rows * columns] as const };
  const y = largestOf(tf.reshape(planes, [b, d, rows * columns, c]), deep);
  return tf.reshape(y, [b, depth, rows, columns, c]);
}

/** Beside the largest values their places, counted row by row over the axes of the window (int32). */
export function maxPoolWithPlaces(x: tf.Tensor, options: PoolOptions): [tf.Tensor, tf.Tensor] {
  const counts = pooledLengths(x, options);
  const windows = counts.map((count, i) =>
    movingWindows(count, {
      kernelSize: options.kernelSize[i] ?? 1,
      stride: options.stride[i] ?? 1,
      dilation: options.dilation[i] ?? 1,
    }),
  );
  return largest(padded(x, options, -Infinity), windows, x.shape.slice(1, -1), options.padding);
}

/** The largest value of each of as many windows as the result has places along each axis, and where it stood. */
export function adaptiveMaxPool(x: tf.Tensor, lengths: readonly number[]): [tf.Tensor, tf.Tensor] {
  const windows = lengths.map((count, i) => adaptiveWindows(x.shape[i + 1] ?? 0, count));
  return largest(
    x,
    windows,
    x.shape.slice(1, -1),
    lengths.map(() => 0),
  );
}

/** The mean of each window. */
export function avgPool(x: tf.Tensor, options: PoolOptions, mean: MeanOptions): tf.Tensor {
  const means = window('avg', padded(x, options, 0), options);
  const factors = meanFactors(x, options, mean);
  return factors ? tf.mul(means, factors) : means;
}

/** The mean of each of as many windows as the result has places along each axis; windows may overlap by one. */
export function adaptiveAvgPool(x: tf.Tensor, lengths: readonly number[]): tf.Tensor {
  if (lengths.every((length) => length === 1))
    return tf.mean(
      x,
      lengths.map((_, i) => i + 1),
      true,
    );
  const even = lengths.every((count, i) => (x.shape[i + 1] ?? 0) % count === 0);
  if (!even) return lengths.reduce((y, count, i) => meansAlong(y, i + 1, count), x);
  const kernelSize = lengths.map((count, i) => (x.shape[i + 1] ?? 0) / count);
  const [none, ones] = [lengths.map(() => 0), lengths.map(() => 1)];
  return window('avg', x, { kernelSize, stride: kernelSize, padding: none, dilation: ones, ceilMode: false });
}

/**
 * Puts values back to the places that `maxPoolWithPlaces` gave, zeros elsewhere: `[b, …, c]` of the given lengths. Where
 * a place is named twice, the last value stays.
 */
export function maxUnpool(x: tf.Tensor, places: tf.Tensor, lengths: readonly number[]): tf.Tensor {
  const [b = 0, c = 0] = [x.shape[0], x.shape.at(-1)];
  const size = lengths.reduce((product, length) => product * length, 1);
  const shape = [b, ...lengths, c];
  if (x.size === 0) return tf.mul(tf.zeros(shape), tf.sum(x));
  const starts = tf.mul(tf.range(0, b, 1, 'int32'), tf.scalar(size, 'int32'));
  const rows = tf.add(places, tf.reshape(starts, [b, ...lengths.map(() => 1), 1]));
  const cells = tf.add(tf.mul(rows, tf.scalar(c, 'int32')), tf.range(0, c, 1, 'int32'));
  const flat = tf.reshape(cells, [-1]);
  return withGradient(
    [x],
    () => {
      const empty = tf.zeros([b * size * c]);
      const value = tf.tensorScatterUpdate(empty, tf.reshape(flat, [-1, 1]), tf.reshape(x, [-1]));
      return { value: tf.reshape(value, shape), saved: [flat] };
    },
    (dy, [flat]) => [() => tf.reshape(tf.gather(tf.reshape(dy, [-1]), flat as tf.Tensor1D), x.shape)],
  );
}

/**
 * TensorFlow's own pools of images. One axis is an image of one row; volumes are pooled plane by plane, then along the
 * depth: TensorFlow's pool of volumes gives the gradient to all of equal values, PyTorch's to the first.
 */
function window(kind: 'max' | 'avg', x: tf.Tensor, options: PoolOptions): tf.Tensor {
  const { kernelSize, stride } = options;
  if (x.shape[0] === 0)
    return none(x, [
      0,
      ...pooledLengths(x, { ...options, padding: stride.map(() => 0) }),
      x.shape.at(-1) ?? 0,
    ]);
  const pool = (images: tf.Tensor, size: readonly number[], step: readonly number[]): tf.Tensor => {
    const pair = ([rows = 1, columns = 1]: readonly number[]): [number, number] => [rows, columns];
    return (kind === 'max' ? tf.maxPool : tf.avgPool)(images, pair(size), pair(step), 'valid');
  };
  if (stride.length === 2) return pool(x, kernelSize, stride);
  if (stride.length === 1) {
    return tf.squeeze(pool(tf.expandDims(x, 1), [1, ...kernelSize], [1, ...stride]), [1]);
  }
  const [b = 0, d = 0, h = 0, w = 0, c = 0] = x.shape;
  const planes = pool(tf.reshape(x, [b * d, h, w, c]), kernelSize.slice(1), stride.slice(1));
  const [, rows = 0, columns = 0] = planes.shape;
  const depths = tf.reshape(planes, [b, d, rows * columns, c]);
  const y = pool(depths, [kernelSize[0] ?? 1, 1], [stride[0] ?? 1, 1]);
  return tf.reshape(y, [b, y.shape[1] ?? 0, rows, columns, c]);
}

/** What becomes of a batch of none: oneDNN's recorded gradient of a pool ends the process. */
function none(x: tf.Tensor, shape: number[]): tf.Tensor {
  return withGradient(
    [x],
    () => ({ value: tf.zeros(shape), saved: [] }),
    () => [() => tf.zeros(x.shape)],
  );
}

/** Whether it is cheap to know that there is neither NaN nor an infinity: the sum is at hand, and nothing is recorded. */
function isKnownFinite(x: tf.Tensor): boolean {
  if (tf.device.kind === 'gpu' || activeRecording()) return false;
  return Number.isFinite(tf.tidy(() => untracked(() => tf.sum(x)).dataSync()[0]));
}

/** 0 for means, NaN for NaN; infinities are none, since they were bounded before. */
const nanMarks = (means: tf.Tensor): tf.Tensor => tf.mul(means, 0);

/** What leaves no trace for gradients. */
const untracked = (make: () => tf.Tensor): tf.Tensor =>
  withGradient(
    [],
    () => ({ value: make(), saved: [] }),
    () => [],
  );

/** Fills around the input so that the windows are just those that count. */
function padded(x: tf.Tensor, options: PoolOptions, value: number): tf.Tensor {
  const { kernelSize, stride, padding, dilation } = options;
  const counts = pooledLengths(x, options);
  const pairs = counts.map((count, i): [number, number] => {
    const reach = (dilation[i] ?? 1) * ((kernelSize[i] ?? 1) - 1) + 1;
    const end = (count - 1) * (stride[i] ?? 1) + reach - (padding[i] ?? 0);
    return [padding[i] ?? 0, Math.max(end - (x.shape[i + 1] ?? 0), 0)];
  });
  return pairs.every(([before, after]) => before + after === 0)
    ? x
    : tf.pad(x, [[0, 0], ...pairs, [0, 0]], value);
}

/** What turns means over whole windows into PyTorch's; nothing where they are the same. */
function meanFactors(
  x: tf.Tensor,
  options: PoolOptions,
  { countIncludePad, divisorOverride }: MeanOptions,
): tf.Tensor | undefined {
  const { kernelSize, stride, padding } = options;
  const size = kernelSize.reduce((product, n) => product * n, 1);
  if (divisorOverride !== undefined) return tf.scalar(size / divisorOverride);
  const counts = pooledLengths(x, options).map((count, i) => {
    const [k = 1, zeros = 0, length = 0] = [kernelSize[i], padding[i], x.shape[i + 1]];
    return Array.from({ length: count }, (_, window) => {
      const begin = window * (stride[i] ?? 1) - zeros;
      const end = Math.min(begin + k, length + zeros);
      return countIncludePad ? end - begin : Math.min(end, length) - Math.max(begin, 0);
    });
  });
  if (counts.every((axis, i) => axis.every((count) => count === kernelSize[i]))) return undefined;
  const shape = (i: number): number[] => [1, ...counts.map((axis, j) => (i === j ? axis.length : 1)), 1];
  const ratios = counts.map((axis, i) =>
    tf.tensor(
      axis.map((count) => (kernelSize[i] ?? 1) / count),
      shape(i),
    ),
  );
  return ratios.reduce((a, b) => tf.mul(a, b));
}

/** The largest values of windows along each axis, from the last to the first, so that the first of equals is taken. */
function largest(
  x: tf.Tensor,
  windows: readonly Windows[],
  lengths: readonly number[],
  padding: readonly number[],
): [tf.Tensor, tf.Tensor] {
  let [values, places] = [x, tf.zeros(x.shape, 'int32')];
  windows.forEach((_, step) => {
    const axis = windows.length - 1 - step;
    const along = windows[axis] as Windows;
    const stride = lengths.slice(axis + 1).reduce((product, length) => product * length, 1);
    const offsets = along.flat().map((place) => (place - (padding[axis] ?? 0)) * stride);
    [values, places] = largestAlong(values, places, axis + 1, { windows: along, offsets });
  });
  return [values, places];
}

function largestAlong(
  x: tf.Tensor,
  places: tf.Tensor,
  axis: number,
  { windows, offsets }: { readonly windows: Windows; readonly offsets: readonly number[] },
): [tf.Tensor, tf.Tensor] {
  const size = windows[0]?.length ?? 0;
  const last = Array.from({ length: x.rank + 1 }, (_, i) => i).filter((i) => i !== axis + 1);
  const arrange = (all: tf.Tensor): tf.Tensor =>
    tf.transpose(gatherWindows(all, axis, windows), [...last, axis + 1]);
  const values = arrange(x);
  const shape = values.shape.map((_, i) => (i === axis ? windows.length : i === x.rank ? size : 1));
  return largestOfTaps(values, tf.add(arrange(places), tf.tensor([...offsets], shape, 'int32')));
}

/** The largest of the last axis, `[…, k]` → `[…]`, and what stands at its place in the other tensor; NaN is the largest. */
export function largestOfTaps(values: tf.Tensor, here: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const size = values.shape.at(-1) ?? 1;
  if (size === 1) return [tf.squeeze(values, [-1]), tf.squeeze(here, [-1])];
  const order = untracked(() => tf.where(tf.isNaN(values), tf.fill(values.shape, Infinity), values));
  const chosen = tf.oneHot(tf.argMax(order, -1), size, 1, 0, 'bool');
  const pick = (all: tf.Tensor): tf.Tensor => tf.sum(tf.where(chosen, all, tf.zerosLike(all)), -1);
  const marks = untracked(() => nanMarks(tf.sum(tf.relu6(values), -1)));
  return [tf.add(pick(values), marks), pick(here)];
}

function meansAlong(x: tf.Tensor, axis: number, count: number): tf.Tensor {
  const length = x.shape[axis] ?? 0;
  if (length === count) return x;
  const windows = Array.from({ length: count }, (_, i) => {
    const begin = Math.floor((i * length) / count);
    const size = Math.ceil(((i + 1) * length) / count) - begin;
    const along = (value: number, other: number) => x.shape.map((_, a) => (a === axis ? value : other));
    return tf.mean(tf.slice(x, along(begin, 0), along(size, -1)), axis, true);
  });
  return tf.concat(windows, axis);
}
