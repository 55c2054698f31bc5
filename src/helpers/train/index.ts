/**
 * Training: `fit`, its callbacks and metrics, evaluation, checkpoints.
 * @module tsdl/helpers/train
 */
export type { AverageState } from './average';
export type { Batch, Batches, LossFunction } from './batches';
export * from './callbacks';
export { loadCheckpoint, type LoadedCheckpoint, saveCheckpoint } from './checkpoint';
export {
  averagePrecision,
  type DetectionScores,
  detectionScores,
  type ScoredObject,
  type TrueObject,
} from './detection';
export { evaluate, type EvaluateOptions, predict, type PredictOptions } from './evaluate';
export { fit, type FitOptions, resume } from './fit';
export { type Ending, type EpochLog, History, type Position } from './history';
export * from './metrics';
export { advantages, policyLoss, type PolicyLossOptions, type PolicyNetwork, type Rollout } from './policy';
export type { ResidentOption } from './source';
export type { Precision } from './step';
