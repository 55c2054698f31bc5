/** Gradients of what takes elements from places, or puts them there, by number: TensorFlow.js has none. */
import * as tf from '../tfjs';
import { replaceGradient } from './register';

/** The order that puts axes first, and a way back. */
const fronted = (rank: number, first: readonly number[]): number[] => [
  ...first,
  ...Array.from({ length: rank }, (_, i) => i).filter((i) => !first.includes(i)),
];

/**
 * The gradient of `gather`: sums of dy over the uses of each place, batch by batch (TensorFlow.js goes through the batch
 * one row at a time, and knows one axis of it).
 */
function ungathered(
  dy: tf.Tensor,
  x: tf.Tensor,
  indices: tf.Tensor,
  axis: number,
  batchDims: number,
): tf.Tensor {
  const batch = x.shape.slice(0, batchDims);
  const rows = tf.util.sizeFromShape(batch);
  const size = x.shape[axis] ?? 1;
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
  const places = indices.rank - batchDims;
  // dy is [batch, outer, places, inner]; summed as [batch · places, outer · inner].
  const order = fronted(dy.rank, [...range(0, batchDims), ...range(axis, axis + places)]);
  const rest = [...x.shape.slice(batchDims, axis), ...x.shape.slice(axis + 1)];
  const wide = tf.util.sizeFromShape(rest);
  const flat = tf.reshape(tf.transpose(dy, order), [indices.size, wide]);
  const starts = tf.mul(tf.range(0, rows, 1, 'int32'), tf.scalar(size, 'int32'));
  const each = tf.reshape(indices, [rows, rows === 0 ? 0 : indices.size / rows]);
  const segments =
    batchDims === 0 ? tf.reshape(indices, [-1]) : tf.reshape(tf.add(each, tf.expandDims(starts, 1)), [-1]);
  const sums = tf.reshape(tf.unsortedSegmentSum(flat, segments, rows * size), [...batch, size, ...rest]);
  const back = fronted(x.rank, [...range(0, batchDims), axis]);
  return tf.transpose(sums, tf.backend_util.getUndoAxesPermutation(back));
}

function mendGather(): void {
  replaceGradient({
    kernelName: 'GatherV2',
    inputsToSave: ['x', 'indices'],
    gradFunc: (dy, saved, { axis, batchDims }) => {
      const [x, indices] = saved;
      const at = tf.util.parseAxisParam(axis as number, x.shape)[0] ?? 0;
      return {
        x: () => ungathered(dy, x, indices, at, batchDims as number),
        indices: () => tf.zeros(indices.shape),
      };
    },
  });
}

/** Done once, when `tf` is loaded. */
export function mendPlaces(): void {
  mendGather();
  replaceGradient({
    kernelName: 'GatherNd',
    inputsToSave: ['params', 'indices'],
    gradFunc: (dy, [params, indices]) => ({
      params: () => tf.scatterND(indices, dy, params.shape),
      indices: () => tf.zeros(indices.shape),
    }),
  });
  replaceGradient({
    kernelName: 'ScatterNd',
    inputsToSave: ['indices'],
    gradFunc: (dy, [indices]) => ({
      updates: () => tf.gatherND(dy, indices),
      indices: () => tf.zeros(indices.shape),
    }),
  });
  replaceGradient({
    kernelName: 'TensorScatterUpdate',
    inputsToSave: ['indices', 'updates'],
    gradFunc: (dy, [indices, updates]) => ({
      tensor: () => tf.tensorScatterUpdate(dy, indices, tf.zeros(updates.shape)),
      updates: () => tf.gatherND(dy, indices),
      indices: () => tf.zeros(indices.shape),
    }),
  });
}
