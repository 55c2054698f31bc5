/**
 * Learning-rate schedulers with PyTorch's names and its exact sequences.
 * @module tsdl/helpers/optim/schedulers
 * @example
 * const scheduler = new CosineAnnealingLR(optimizer, { tMax: 50, etaMin: 1e-6 });
 * scheduler.step(); // after every epoch
 */
export { CosineAnnealingLR, CosineAnnealingWarmRestarts } from './cosine';
export { CyclicLR, type CyclicLROptions, OneCycleLR, type OneCycleLROptions } from './cyclic';
export {
  ConstantLR,
  ExponentialLR,
  LambdaLR,
  type LambdaLROptions,
  LinearLR,
  type LinearLROptions,
  type LrLambda,
  MultiplicativeLR,
  MultiStepLR,
  PolynomialLR,
  StepLR,
} from './decay';
export { type PlateauOptions, ReduceLROnPlateau } from './plateau';
export { type Continued, LRScheduler, type ScheduledGroup, type Scheduler } from './scheduler';
export { ChainedScheduler, SequentialLR, type SequentialLROptions } from './sequential';
