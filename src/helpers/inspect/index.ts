/**
 * Looking at a model: its layers, its statistics, what it sees, where it errs, what it writes.
 * @module tsdl/helpers/inspect
 */
export type { CachedModel } from './continuation';
export { type CausalForward, generate, type GenerateOptions, sample, type SamplingOptions } from './generate';
export { type GradCam, gradCam } from './gradcam';
export { type Confusion, interpret, Interpretation, type Prediction } from './interpretation';
export { lrFinder, type LrFinderOptions, type LrFinderResult } from './lrfinder';
export { overfitOneBatch, type OverfitOptions, type OverfitResult } from './overfit';
export { activations, activationStats, gradientStats, parameterStats, type TensorStats } from './stats';
export { type LayerSummary, type Summary, summary, type SummaryOptions } from './summary';
