/** Training: `fit`, its callbacks and metrics, evaluation, checkpoints. */
export type { Batch, Batches, LossFunction } from './batches';
export * from './callbacks';
export { loadCheckpoint, type LoadedCheckpoint, saveCheckpoint } from './checkpoint';
export { averagePrecision, detectionScores } from './detection';
export { evaluate, type EvaluateOptions, predict, type PredictOptions } from './evaluate';
export { fit, type FitOptions, resume } from './fit';
export { type EpochLog, History } from './history';
export * from './metrics';
