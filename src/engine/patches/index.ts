/** What is mended in TensorFlow.js, all of it; applied once, by tf.ts, after the backend is loaded. */
import { keepGraph } from '../autograd/tape';
import { registerActivations } from './activation';
import { mendArrangement } from './arrangement';
import { mendConvolutions } from './convolutions';
import { mendExtremes } from './extremes';
import { registerGather } from './gather';
import { mendPlaces } from './gathernd';
import { mendGradients } from './gradients';
import { mendKernels } from './kernels';
import { mendPlain } from './plain';
import { mendProducts } from './products';
import { holdVariablesWeakly } from './registry';
import { mendBroadcasts } from './repeated';
import { mendElementwise } from './slopes';
import { mendSpectra } from './spectra';

/** Puts our forms in the place of TensorFlow.js's. */
export function mendTensorflow(): void {
  holdVariablesWeakly();
  keepGraph();
  mendGradients();
  mendElementwise();
  mendExtremes();
  mendArrangement();
  mendPlaces();
  mendProducts();
  mendBroadcasts();
  mendSpectra();
  mendConvolutions();
  mendKernels();
  mendPlain();
  registerActivations();
  registerGather();
}
