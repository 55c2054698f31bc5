/**
 * Weights that others have trained.
 * @module
 */
export type { FromWeights } from './fill';
export * from './imagenet';
export type { ClassificationOptions, ImageClassification } from './preprocessing';
export { type FetchOptions, weightsPath } from './store';
export type { Accuracy, Weights, WeightsFile } from './entry';
