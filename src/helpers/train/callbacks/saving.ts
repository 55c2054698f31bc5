/** Callbacks that write files: the best model, and checkpoints to go on from. */
import { saveCheckpoint } from '../checkpoint';
import type { Callback, Run } from './callback';
import { Monitor, type MonitorOptions } from './stopping';

/** What decides which epoch is best, and who is told of a save. */
export interface SaveBestOptions extends MonitorOptions {
  /** Prints the guide's line at each save; default: says nothing. */
  print?: (line: string) => void;
}

/**
 * Saves the model whenever the monitored value is the best so far.
 * @example
 * await fit(model, {
 *   epochs: 2,
 *   train: trainLoader,
 *   valid: testLoader,
 *   loss: nn.crossEntropy,
 *   optimizer: optimizer,
 *   callbacks: [saveBest('best_model.safetensors')],
 * });
 */
export function saveBest(path: string, { print, ...options }: SaveBestOptions = {}): Callback {
  const monitor = new Monitor(options);
  let best = Infinity;
  return {
    name: 'saveBest',
    writes: true,
    onStart({ resumed }) {
      if (!resumed) best = Infinity;
    },
    onEpochEnd(log, { model, metrics }) {
      const cost = monitor.cost(log, metrics);
      if (!(cost < best)) return;
      best = cost;
      const value = monitor.value(log);
      saveCheckpoint(path, { model, epoch: log.epoch, bestMetric: value });
      print?.(
        `Saved best model with ${monitor.key(log) === 'validLoss' ? 'loss' : monitor.key(log)}: ${value.toFixed(4)}\n`,
      );
    },
    stateDict: () => ({ best }),
    loadStateDict(saved: { best: number }) {
      best = saved.best;
    },
  };
}

/**
 * Saves everything that going on needs, after every `every` epochs and when the run ends or is interrupted; go on
 * with `fit(model, { …, resume: path })`, in another process too.
 * @throws RangeError unless `every` is an integer of 1 or more
 */
export function checkpoint(path: string, { every = 1 }: { every?: number } = {}): Callback {
  if (!Number.isInteger(every) || every < 1) {
    throw new RangeError(`Cannot checkpoint: expected every to be an integer ≥ 1, got ${every}`);
  }
  const save = (run: Run): void => {
    const { model, optimizer, history } = run;
    saveCheckpoint(path, { model, optimizer, epoch: history.epochs.length, extra: run.snapshot() });
  };
  return {
    name: 'checkpoint',
    last: true,
    writes: true,
    resumes: path,
    onEpochEnd({ epoch }, run) {
      if (epoch % every === 0) save(run);
    },
    onEnd(history, run) {
      // After an error the weights may be broken: the last good file stays.
      if (history.ending !== 'failed') save(run);
    },
  };
}
