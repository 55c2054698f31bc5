/**
 * `fit`: the training loop, once and for all. What it does can be read in the notebook's plain loop; what it adds is
 * that it shows its progress, can be interrupted and resumed, and lets callbacks look on.
 */
import { say } from '../../../bin/bootstrap/language';
import type { Module } from '../../nn/module';
import { kernelHost } from '../notebook/host';
import { GradScaler } from '../optim/scaler';
import { type Callback, defaultCallbacks, lineLog, type RunState } from './callbacks';
import { type Report, report } from './callbacks/sending';
import { restoreCheckpoint } from './checkpoint';
import { History } from './history';
import { check, type FitOptions } from './options';
import { sourceOf } from './source';
import { evaluationStep, makeTrainingStep, stepOf } from './step';
import { Trainer } from './trainer';
import {
  fileOfRestart,
  interruptible,
  rank,
  size,
  startAlike,
  weightsFile,
  type Wishes,
  withFileOfFirst,
} from './workers';

export type { FitOptions } from './options';

/** What `resume` needs beside the history itself. */
const runs = new WeakMap<History, { model: Module; options: FitOptions }>();

/** The user's callbacks, then what shows the run, then those that have to see what the others did. */
function allCallbacks({ callbacks = [], display = true, fastDevRun = false }: FitOptions): Callback[] {
  const shown = display && rank === 0 && !weightsFile ? (defaultCallbacks() ?? [lineLog()]) : [];
  const own = callbacks.filter((callback) => !((fastDevRun || rank > 0) && callback.writes));
  const send = (message: Report) => void process.send?.(message);
  const sent = weightsFile ? [report(send, weightsFile)] : [];
  return [...own.filter((c) => !c.last), ...shown, ...own.filter((c) => c.last), ...sent];
}

/** With the scaler that float16 needs, which a resumed run goes on using. */
function withScaler(options: FitOptions): FitOptions {
  const { precision, scaler } = options;
  return precision === 'float16' && !scaler ? { ...options, scaler: new GradScaler() } : options;
}

/** Where batches come from; one batch alone is not worth a copy of all. */
function makeSources({ train, valid, resident = 'auto', compile = true, fastDevRun = false }: FitOptions) {
  const asked = { resident: fastDevRun && resident === 'auto' ? false : resident, compiled: compile };
  const source = sourceOf(train, { ...asked, name: 'train' });
  try {
    return { train: source, ...(valid && { valid: sourceOf(valid, { ...asked, name: 'valid' }) }) };
  } catch (error) {
    source.dispose();
    throw error;
  }
}

/** Says where a run was interrupted. */
function interruptedText({ position }: History): string {
  const { epochs = 0, batch = 0 } = position ?? {};
  const where =
    batch > 0
      ? say({ zh: `第 ${epochs + 1} 轮第 ${batch} 个小批量`, en: `batch ${batch} of epoch ${epochs + 1}` })
      : say({ zh: `第 ${epochs} 轮`, en: `epoch ${epochs}` });
  return say({
    zh: `已在${where}之后中断；模型、优化器和记录都已保留，用 await resume(history) 继续`,
    en: `interrupted after ${where}; model, optimizer and history are kept, await resume(history) goes on`,
  });
}

async function train(model: Module, given: FitOptions, history: History, resumed: boolean): Promise<History> {
  const ctrlC = size > 1 && !given.signal ? interruptible() : undefined;
  const signal = given.signal ?? ctrlC?.signal ?? kernelHost()?.signal();
  const wishes: Wishes = { interrupted: () => signal?.aborted ?? false, stop: false };
  const options = { ...withScaler(given), ...(size > 1 && { wishes }) };
  if (size > 1 && !resumed) startAlike(model);
  runs.set(history, { model, options });
  history.ending = 'running';
  history.reason = '';
  const sources = makeSources(options);
  const { compile = true } = options;
  const steps = {
    train: makeTrainingStep(model, { ...options, nanGuard: options.nanGuard ?? true }, sources.train),
    valid: stepOf(evaluationStep(model, options), { source: sources.valid, compile }),
  };
  const callbacks = allCallbacks(options);
  const trainer = new Trainer({
    model,
    options,
    sources,
    steps,
    callbacks,
    history,
    resumed,
    signal,
    wishes,
  });
  const ending = await trainer.run().finally(() => {
    ctrlC?.release();
    for (const part of [steps.train, steps.valid, sources.train, sources.valid]) part?.dispose();
  });
  if (ending === 'interrupted') history.reason = interruptedText(history);
  if (history.reason !== '' && (options.display ?? true) && rank === 0 && !weightsFile)
    console.log(history.reason);
  return history;
}

/**
 * Trains a model and returns the record of the run. Yields to the event loop at least ten times a second.
 * @example
 * const history = await fit(model, {
 *   epochs: 2,
 *   train: trainLoader,
 *   valid: testLoader,
 *   loss: nn.crossEntropy,
 *   optimizer: optimizer,
 *   callbacks: [schedule(scheduler), earlyStopping({ patience: 7 })],
 * });
 */
export async function fit(model: Module, options: FitOptions): Promise<History> {
  check(options);
  const path = options.resume ?? fileOfRestart(options.callbacks);
  const history = path === undefined ? new History() : load(path, model, options);
  return train(model, options, history, path !== undefined);
}

/** Puts model, optimizer and callbacks where they were when the file was written. */
function load(path: string, model: Module, { optimizer, callbacks = [] }: FitOptions): History {
  return withFileOfFirst(path, (file) =>
    restoreCheckpoint(file, { model, optimizer }, ({ extra }) => goOn(path, extra, callbacks)),
  );
}

/** Puts callbacks where they were; gives the history. */
function goOn(path: string, extra: unknown, callbacks: readonly Callback[]): History {
  const { history, callbacks: states } = (extra ?? {}) as Partial<RunState>;
  if (history === undefined || !states) {
    throw new RangeError(
      `Cannot resume from "${path}": expected a file of the callback checkpoint(), got another`,
    );
  }
  const names = callbacks.map(({ name = '' }) => name);
  const saved = states.filter(({ name }) => name !== undefined && names.includes(name));
  callbacks.forEach((callback) => {
    const at = saved.findIndex(({ name }) => name === callback.name);
    const [found] = at < 0 ? [] : saved.splice(at, 1);
    if (found?.state !== undefined) callback.loadStateDict?.(found.state as never);
  });
  return History.from(history);
}

/**
 * Goes on where a run was interrupted or stopped, with the same numbers as if it had not been; `changes` replaces
 * options, for example `{ epochs: 20 }` to train longer.
 * @throws TypeError for a history that `fit` did not return in this process
 * @example
 * await resume(history);
 */
export async function resume(history: History, changes: Partial<FitOptions> = {}): Promise<History> {
  const run = runs.get(history);
  if (!run) throw new TypeError('Cannot resume: expected the history that fit() returned in this session');
  const options = { ...run.options, ...changes };
  check(options);
  return train(run.model, options, history, true);
}
