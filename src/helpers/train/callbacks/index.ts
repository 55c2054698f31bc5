/**
 * Callbacks: small pieces that look on while `fit` trains, and may end it by returning `'stop'`.
 * What is shown (progress, table, live chart) is a callback too; `viz` registers its own as the defaults.
 */
export type { BatchLog, Callback, Run, RunState, StopRequest } from './callback';
export { earlyStopping } from './stopping';
export { timeLimit } from './limits';
export { defaultCallbacks, setDefaultCallbacks } from './defaults';
export { csvLog, jsonLog, lineLog } from './logs';
export { checkpoint, saveBest } from './saving';
export { schedule, type ScheduleOptions } from './schedule';
