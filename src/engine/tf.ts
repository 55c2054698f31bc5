/**
 * The one door to TensorFlow.js: `import * as tf from './tf'` everywhere else.
 * Loading this file chooses the device (native GPU, native CPU, plain JS), says which, and registers the backend.
 */
import { announce } from './backend/announce';
import { loadRuntime } from './backend/load';
import { registerActivations } from './patches/activation';
import { mendGradients } from './patches/gradients';

export * from '@tensorflow/tfjs';

/** The device that computes. */
export const device = loadRuntime();
announce(device);
mendGradients();
registerActivations();
