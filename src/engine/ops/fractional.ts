/**
 * Max pools whose windows stand at random distances: Graham, "Fractional Max-Pooling", 2014,
 * https://arxiv.org/abs/1412.6071, with the places that PyTorch makes of the random numbers.
 */
import * as tf from '../tf';
import { largestOfTaps } from './pool';

/** The size of the windows and how many there are, a number for each axis. */
export interface FractionalOptions {
  readonly kernelSize: readonly number[];
  readonly outputSize: readonly number[];
}

/**
 * The largest value of each window, and where it stood, counted row by row.
 * @param samples `[b, c, axes]` in [0, 1), that of the last axis first (of volumes in the order of the axes)
 */
export function fractionalMaxPool(
  x: tf.Tensor,
  samples: tf.Tensor,
  { kernelSize, outputSize }: FractionalOptions,
): [tf.Tensor, tf.Tensor] {
  const lengths = x.shape.slice(1, -1);
  const [b = 0, c = 0] = [x.shape[0], x.shape.at(-1)];
  const strides = lengths.map((_, axis) => product(lengths.slice(axis + 1)));
  const drawn = tf.unstack(samples, -1);
  if (lengths.length === 2) drawn.reverse();
  const starts = lengths.map((length, axis) => {
    const window = { length, size: kernelSize[axis] ?? 1, count: outputSize[axis] ?? 1 };
    const along = startsOf(tf.expandDims(drawn[axis] as tf.Tensor, 1), window); // [b, count, c]
    const shape = [b, ...lengths.map((_, i) => (i === axis ? window.count : 1)), c];
    return tf.mul(tf.reshape(along, shape), tf.scalar(strides[axis] ?? 1, 'int32'));
  });
  const corners = starts.reduce((sum, part) => tf.add(sum, part)); // [b, …, c]
  const places = tf.add(tf.expandDims(corners, -1), tf.tensor1d(offsetsOf(kernelSize, strides), 'int32'));
  const whole = (n: number) => tf.scalar(n, 'int32');
  const ones = lengths.map(() => 1);
  const images = tf.reshape(tf.mul(tf.range(0, b, 1, 'int32'), whole(product(lengths))), [b, ...ones, 1, 1]);
  const channels = tf.reshape(tf.range(0, c, 1, 'int32'), [...ones, 1, c, 1]);
  const cells = tf.add(tf.mul(tf.add(places, images), whole(c)), channels);
  return largestOfTaps(tf.gather(tf.reshape(x, [x.size]), cells), places);
}

const product = (sizes: readonly number[]): number => sizes.reduce((all, n) => all * n, 1);

/** Where in the flattened input the places of a window stand, seen from its first. */
function offsetsOf(kernelSize: readonly number[], strides: readonly number[]): number[] {
  return kernelSize.reduce<number[]>(
    (all, size, axis) =>
      all.flatMap((place) => Array.from({ length: size }, (_, i) => place + i * (strides[axis] ?? 1))),
    [0],
  );
}

/** ⌊α (i + u)⌋ − ⌊α u⌋, in single precision as PyTorch's; the last window ends with the input. */
function startsOf(
  sample: tf.Tensor,
  { length, size, count }: { readonly length: number; readonly size: number; readonly count: number },
): tf.Tensor {
  const [b = 0, , c = 0] = sample.shape;
  const last = tf.fill([b, 1, c], length - size, 'int32');
  if (count === 1) return last;
  const step = tf.scalar((length - size) / (count - 1));
  const index = tf.reshape(tf.range(0, count - 1), [1, count - 1, 1]);
  const whole = (at: tf.Tensor): tf.Tensor => tf.cast(tf.mul(at, step), 'int32');
  return tf.concat([tf.sub(whole(tf.add(index, sample)), whole(sample)), last], 1);
}
