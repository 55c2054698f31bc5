/**
 * The face of tsdl: PyTorch's rooms by PyTorch's names.
 * @module tsdl
 */
export { compile } from './engine/compile';
export { manualSeed, normal, uniform } from './engine/random';
export * as tf from './engine/tf';
export * as data from './helpers/data';
export * as datasets from './helpers/datasets';
export * as inspect from './helpers/inspect';
export * as io from './helpers/io';
export * as optim from './helpers/optim';
export * as train from './helpers/train';
export * as models from './models';
export * as nn from './nn';
export * as viz from './viz';
