/**
 * The one door to TensorFlow.js: `import * as tf from '../engine/tf'` everywhere else.
 * Loading this file chooses the device (native GPU, native CPU, plain JS), says which, and registers the backend.
 */
import { registerActivations } from './ops/activation';
import { announce } from './runtime/announce';
import { mendGradients } from './runtime/gradients';
import { loadRuntime } from './runtime/load';

export * from '@tensorflow/tfjs';

/** The device that computes. */
export const device = loadRuntime();
announce(device);
mendGradients();
registerActivations();
