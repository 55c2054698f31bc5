/** Pooling with PyTorch's padding. */
import * as tf from '../tf';

/** Rows and columns of a pooling window. */
export interface PoolOptions {
  readonly kernelSize: readonly [number, number];
  readonly stride: readonly [number, number];
  /** Rows above and below, columns left and right. */
  readonly padding: readonly [number, number];
}

/** The largest value of each window of `[b, h, w, c]`; padding is −∞, so that it never wins. */
export function maxPool2d(x: tf.Tensor4D, { kernelSize, stride, padding }: PoolOptions): tf.Tensor4D {
  return tf.maxPool(pad(x, padding, -Infinity), [...kernelSize], [...stride], 'valid');
}

/** The mean of each window of `[b, h, w, c]`; zeros of the padding count unless `countIncludePad` is false. */
export function avgPool2d(
  x: tf.Tensor4D,
  { kernelSize, stride, padding }: PoolOptions,
  countIncludePad = true,
): tf.Tensor4D {
  const mean = tf.avgPool(pad(x, padding, 0), [...kernelSize], [...stride], 'valid');
  if (countIncludePad || padding[0] + padding[1] === 0) return mean;
  const [, h = 0, w = 0] = x.shape;
  const inside = pad(tf.ones([1, h, w, 1]), padding, 0);
  return tf.div(mean, tf.avgPool(inside, [...kernelSize], [...stride], 'valid'));
}

function pad(x: tf.Tensor4D, [rows, columns]: readonly [number, number], value: number): tf.Tensor4D {
  if (rows + columns === 0) return x;
  return tf.pad(
    x,
    [
      [0, 0],
      [rows, rows],
      [columns, columns],
      [0, 0],
    ],
    value,
  );
}

/**
 * The mean of as many windows as the result has rows and columns: `[b, h, w, c]` → `[b, rows, columns, c]`. Window i
 * of n over a length l reaches from ⌊i·l/n⌋ to ⌈(i + 1)·l/n⌉, as PyTorch's; windows may overlap by one.
 */
export function adaptiveAvgPool2d(x: tf.Tensor4D, [rows, columns]: readonly [number, number]): tf.Tensor4D {
  if (rows === 1 && columns === 1) return tf.mean(x, [1, 2], true);
  return meansAlong(meansAlong(x, 1, rows), 2, columns);
}

function meansAlong(x: tf.Tensor4D, axis: 1 | 2, count: number): tf.Tensor4D {
  const length = x.shape[axis] ?? 0;
  if (length === count) return x;
  const windows = Array.from({ length: count }, (_, i) => {
    const begin = Math.floor((i * length) / count);
    const size = Math.ceil(((i + 1) * length) / count) - begin;
    const along = (value: number, other: number) => [0, 1, 2, 3].map((a) => (a === axis ? value : other));
    const window = tf.slice(x, along(begin, 0), along(size, -1));
    return tf.mean(window, axis, true);
  });
  return tf.concat(windows, axis);
}
