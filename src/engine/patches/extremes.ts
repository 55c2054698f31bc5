/**
 * Gradients of the largest and smallest along axes, and of what chooses: TensorFlow.js gives all of the gradient to each
 * of several equals (PyTorch: an even share), and has none of the k largest.
 */
import * as tf from '../tfjs';
import { onlyWhere, replaceGradient } from './register';

/** The shape with a 1 for each axis that is gone. */
function kept(shape: readonly number[], axes: readonly number[]): number[] {
  return shape.map((size, i) => (axes.includes(i) ? 1 : size));
}

function mendExtreme(kernelName: string, attribute: string): void {
  replaceGradient({
    kernelName,
    inputsToSave: ['x'],
    outputsToSave: [true],
    gradFunc: (dy, saved, attributes) => {
      const [x, y] = saved;
      const axes = tf.util.parseAxisParam(attributes[attribute] as number | number[], x.shape);
      const shape = kept(x.shape, axes);
      return {
        x: () => {
          const equals = tf.cast(tf.equal(x, tf.reshape(y, shape)), 'float32');
          const share = tf.div(tf.reshape(dy, shape), tf.sum(equals, axes, true));
          return tf.mul(share, equals);
        },
      };
    },
  });
}

/** Where in the flattened tensor the places in its last axis are. */
function flatPlaces(indices: tf.Tensor, last: number): tf.Tensor {
  const k = indices.shape.at(-1) ?? 1;
  const rows = k === 0 ? 0 : indices.size / k;
  const starts = tf.mul(tf.range(0, rows, 1, 'int32'), tf.scalar(last, 'int32'));
  return tf.reshape(tf.add(tf.reshape(indices, [rows, k]), tf.expandDims(starts, 1)), [-1]);
}

function mendTopK(): void {
  replaceGradient({
    kernelName: 'TopK',
    inputsToSave: ['x'],
    outputsToSave: [false, true],
    gradFunc: (dys, saved) => {
      const [x, indices] = saved;
      const [values] = dys as unknown as [tf.Tensor];
      const dy = tf.reshape(values, [-1]);
      const places = (): tf.Tensor => flatPlaces(indices, x.shape.at(-1) ?? 1);
      return { x: () => tf.reshape(tf.unsortedSegmentSum(dy, places(), x.size), x.shape) };
    },
  });
}

function mendSelect(): void {
  replaceGradient({
    kernelName: 'Select',
    inputsToSave: ['condition'],
    gradFunc: (dy, saved) => {
      const [condition] = saved;
      const gradient = dy;
      return {
        condition: () => tf.zeros(condition.shape),
        t: () => onlyWhere(condition, gradient),
        e: () => tf.where(condition, tf.zeros([]), gradient),
      };
    },
  });
}

/** Done once, when `tf` is loaded. */
export function mendExtremes(): void {
  mendExtreme('Max', 'reductionIndices');
  mendExtreme('Min', 'axis');
  mendTopK();
  mendSelect();
}
