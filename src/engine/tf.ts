/**
 * The one door to TensorFlow.js: `import * as tf from '../engine/tf'` everywhere else.
 * Loading this file chooses the device (native GPU, native CPU, plain JS) and registers the backend.
 */
import './runtime/load';

export * from '@tensorflow/tfjs';
