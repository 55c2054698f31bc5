/**
 * The one door to TensorFlow.js: `import * as tf from '../engine/tf'` everywhere else.
 * Loading this file chooses the device (native GPU, native CPU, plain JS), says which, registers the backend, and
 * mends TensorFlow.js.
 * @module tsdl/engine/tf
 */
import { announce } from './backend/announce';
import { loadRuntime } from './backend/load';
import { mendTensorflow } from './patches';
import { addTensorMethods } from './tensor';

export type { Device } from './backend/device';
export { einsum } from './tensor';
export * from './tfjs';

/** The device that computes. */
export const device = loadRuntime();
announce(device);
mendTensorflow();
addTensorMethods();
