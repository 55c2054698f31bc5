/**
 * Callbacks: small pieces that look on while `fit` trains, and may end it by returning `'stop'`.
 * What is shown (progress, table, live chart) is a callback too; `viz` registers its own as the defaults.
 * @module tsdl/helpers/train/callbacks
 */
export type { BatchLog, Callback, Run, RunState, StopRequest } from './callback';
export { earlyStopping, type EarlyStoppingOptions, type MonitorOptions } from './stopping';
export { timeLimit } from './limits';
export { defaultCallbacks, setDefaultCallbacks } from './defaults';
export { csvLog, jsonLog, lineLog } from './logs';
export { checkpoint, saveBest, type SaveBestOptions } from './saving';
export { schedule, type ScheduleOptions, type Stepped } from './schedule';
