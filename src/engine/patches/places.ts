/** Gradients of what takes elements from places, or puts them there, by number: TensorFlow.js has none. */
import * as tf from '../tfjs';
import { replaceGradient } from './register';

/** Done once, when `tf` is loaded. */
export function mendPlaces(): void {
  replaceGradient({
    kernelName: 'GatherNd',
    inputsToSave: ['params', 'indices'],
    gradFunc: (dy, [params, indices]) => ({
      params: () => tf.scatterND(indices!, dy as tf.Tensor, params!.shape),
      indices: () => tf.zeros(indices!.shape),
    }),
  });
  replaceGradient({
    kernelName: 'ScatterNd',
    inputsToSave: ['indices'],
    gradFunc: (dy, [indices]) => ({
      updates: () => tf.gatherND(dy as tf.Tensor, indices!),
      indices: () => tf.zeros(indices!.shape),
    }),
  });
  replaceGradient({
    kernelName: 'TensorScatterUpdate',
    inputsToSave: ['indices', 'updates'],
    gradFunc: (dy, [indices, updates]) => ({
      tensor: () => tf.tensorScatterUpdate(dy as tf.Tensor, indices!, tf.zeros(updates!.shape)),
      updates: () => tf.gatherND(dy as tf.Tensor, indices!),
      indices: () => tf.zeros(indices!.shape),
    }),
  });
}
