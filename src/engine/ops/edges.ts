/** Padding along single axes: with a value, or with what the tensor itself holds. Its parts have gradients of every order. */
import * as tf from '../tf';

/** What stands outside: a value, the reflection without the edge, the edge itself, or the other end. */
export type PadMode = 'constant' | 'reflect' | 'replicate' | 'circular';

/** How many places before and behind; negative ones are taken off. */
export type PadPair = readonly [number, number];

/** Pads axis i by `pairs[i]`. */
export function pad(x: tf.Tensor, pairs: readonly PadPair[], mode: PadMode, value = 0): tf.Tensor {
  const cut = cropped(x, pairs);
  const rest = pairs.map(([before, after]): [number, number] => [Math.max(before, 0), Math.max(after, 0)]);
  if (rest.every(([before, after]) => before + after === 0)) return cut;
  if (mode === 'constant') return tf.pad(cut, rest, value);
  return rest.reduce((y, pair, axis) => (pair[0] + pair[1] === 0 ? y : padAlong(y, axis, pair, mode)), cut);
}

/** How many places a mode can make of a length. */
export function padLimit(mode: PadMode, length: number): number {
  return { constant: Infinity, reflect: length - 1, replicate: length > 0 ? Infinity : 0, circular: length }[
    mode
  ];
}

function cropped(x: tf.Tensor, pairs: readonly PadPair[]): tf.Tensor {
  const off = (places: number): number => Math.max(-places, 0);
  if (pairs.every(([before, after]) => off(before) + off(after) === 0)) return x;
  const size = x.shape.map((length, i) => length - off(pairs[i]?.[0] ?? 0) - off(pairs[i]?.[1] ?? 0));
  return tf.slice(
    x,
    pairs.map(([before]) => off(before)),
    size,
  );
}

function padAlong(
  x: tf.Tensor,
  axis: number,
  [before, after]: PadPair,
  mode: Exclude<PadMode, 'constant'>,
): tf.Tensor {
  const length = x.shape[axis] ?? 0;
  const part = (begin: number, count: number): tf.Tensor =>
    tf.slice(
      x,
      x.shape.map((_, i) => (i === axis ? begin : 0)),
      x.shape.map((all, i) => (i === axis ? count : all)),
    );
  const copies = (edge: tf.Tensor, count: number): tf.Tensor[] => Array.from({ length: count }, () => edge);
  const outside = {
    reflect: () => [[tf.reverse(part(1, before), axis)], [tf.reverse(part(length - 1 - after, after), axis)]],
    replicate: () => [copies(part(0, 1), before), copies(part(length - 1, 1), after)],
    circular: () => [[part(length - before, before)], [part(0, after)]],
  }[mode]() as [tf.Tensor[], tf.Tensor[]];
  const kept = [...outside[0], x, ...outside[1]].filter(({ shape }) => shape[axis] !== 0);
  return tf.concat(kept, axis);
}
