/** What is mended in TensorFlow.js, all of it; applied once, by tf.ts, after the backend is loaded. */
import { keepGraph } from '../autograd/tape';
import { registerActivations } from './activation';
import { registerGather } from './gather';
import { mendGradients } from './gradients';
import { holdVariablesWeakly } from './registry';

/** Puts our forms in the place of TensorFlow.js's. */
export function mendTensorflow(): void {
  holdVariablesWeakly();
  keepGraph();
  mendGradients();
  registerActivations();
  registerGather();
}
