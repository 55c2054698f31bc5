/** `torch.optim` and what clips and scales gradients. Schedulers: `./schedulers`. */
export { type ClipOptions, clipGradNorm, clipGradValue } from './clip';
export * from './optimizers';
export { GradScaler, type GradScalerOptions, type GradScalerState } from './scaler';
export * as lrScheduler from './schedulers';
