/**
 * `torch.optim` and what clips and scales gradients. Schedulers: `./schedulers`.
 * @module tsdl/helpers/optim
 */
export { type ClipOptions, clipGradNorm, clipGradValue } from './clip';
export type { Hyper } from './groups';
export * from './optimizers';
export { GradScaler, type GradScalerOptions, type GradScalerState } from './scaler';
export type { ParameterState } from './state';
export type { Dict, TorchOptimizerState } from './torchstate';
export * as lrScheduler from './schedulers';
