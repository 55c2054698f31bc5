/**
 * Windows along one axis as lists of places: what pools, resampling and unfolding have in common. A list of n windows of
 * k places each gathers `[…, length, …]` into `[…, n, k, …]`; laid on each other, windows add up again.
 */
import * as tf from '../tf';

/** The places of each window. */
export type Windows = readonly (readonly number[])[];

/** Windows of equal size that move evenly. */
export interface Movement {
  readonly kernelSize: number;
  readonly stride: number;
  readonly dilation: number;
}

/** The places of `count` windows that begin at 0. */
export function movingWindows(count: number, { kernelSize, stride, dilation }: Movement): Windows {
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: kernelSize }, (_, tap) => i * stride + tap * dilation),
  );
}

/**
 * The windows of PyTorch's adaptive pools: window i of n over a length reaches from ⌊i · length / n⌋ to
 * ⌈(i + 1) · length / n⌉; shorter ones repeat their last place.
 */
export function adaptiveWindows(length: number, count: number): Windows {
  const ends = Array.from({ length: count }, (_, i): [number, number] => [
    Math.floor((i * length) / count),
    Math.ceil(((i + 1) * length) / count),
  ]);
  const size = Math.max(...ends.map(([begin, end]) => end - begin));
  return ends.map(([begin, end]) => Array.from({ length: size }, (_, tap) => Math.min(begin + tap, end - 1)));
}

/** `[…, length, …]` → `[…, n, k, …]`. */
export function gatherWindows(x: tf.Tensor, axis: number, windows: Windows): tf.Tensor {
  const places = tf.tensor1d(windows.flat(), 'int32');
  const shape = [
    ...x.shape.slice(0, axis),
    windows.length,
    windows[0]?.length ?? 0,
    ...x.shape.slice(axis + 1),
  ];
  return tf.reshape(tf.gather(x, places, axis), shape);
}

/** `[…, n, k, …]` → `[…, length, …]`: the sum of what windows put in each place, the transpose of `gatherWindows`. */
export function addWindows(x: tf.Tensor, axis: number, windows: Windows, length: number): tf.Tensor {
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 2)];
  const first = [axis, ...before.map((_, i) => i), ...after.map((_, i) => axis + 1 + i)];
  const joined = tf.transpose(tf.reshape(x, [...before, windows.flat().length, ...after]), first);
  const sums = tf.unsortedSegmentSum(joined, tf.tensor1d(windows.flat(), 'int32'), length);
  const back = [...before.map((_, i) => i + 1), 0, ...after.map((_, i) => axis + 1 + i)];
  return tf.transpose(sums, back);
}
