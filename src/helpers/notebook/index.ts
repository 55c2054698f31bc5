/**
 * What code may ask of the notebook it runs in.
 * @module tsdl/helpers/notebook
 */
export { type DisplayOptions, type KernelHost, kernelHost, type MimeBundle } from './host';
export { input } from './input';
