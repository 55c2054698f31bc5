/** Early stopping. */
import { plain, say } from '../../../../bin/bootstrap/language';
import { betterOf, type Metric } from '../metrics';
import { restoreState, type SavedState, saveState, type Values } from '../weights';
import type { Callback, Run } from './callback';

/** Which number of the epoch's record is watched. */
export interface MonitorOptions {
  /** Key of the epoch's record; default `validLoss`, or `loss` in a run without validation. */
  monitor?: string;
  /** Whether lower or higher is better; may be left out for losses and for metrics that say so themselves. */
  mode?: 'min' | 'max';
}

/** Reads the monitored value of a record. */
export class Monitor {
  private readonly given: string | undefined;
  private readonly mode: 'min' | 'max' | undefined;

  constructor({ monitor, mode }: MonitorOptions) {
    this.given = monitor;
    this.mode = mode;
  }

  key(log: Readonly<Record<string, number>>): string {
    return this.given ?? ('validLoss' in log ? 'validLoss' : 'loss');
  }

  /** @throws RangeError if the record lacks it */
  value(log: Readonly<Record<string, number>>): number {
    const key = this.key(log);
    const value = log[key];
    if (value !== undefined) return value;
    throw new RangeError(`Cannot monitor '${key}': expected one of ${Object.keys(log).join(', ')}`);
  }

  /**
   * The value, turned round where higher is better.
   * @throws RangeError where neither the options nor the metric say which is better
   */
  cost(log: Readonly<Record<string, number>>, metrics?: readonly Metric[]): number {
    const key = this.key(log);
    const mode = this.mode ?? betterOf(key, metrics);
    if (mode) return mode === 'min' ? this.value(log) : -this.value(log);
    this.value(log); // a name that is wrong is the first thing to tell
    throw new RangeError(
      `Cannot monitor '${key}': expected mode 'min' or 'max', since the metric does not say which is better, got neither`,
    );
  }
}

/** What is watched, and how long it may go without progress. */
export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without progress before stopping; default 7. */
  patience?: number;
  /** Smallest change that counts as progress; default 0. */
  minDelta?: number;
  /** Puts the best epoch's weights back when training ends, stopped or not; default true. */
  restore?: boolean;
}

/** @param restored the epoch whose weights are put back, if any are */
function reasonText(key: string, patience: number, restored: number | undefined): string {
  const kept =
    restored === undefined
      ? plain('')
      : { zh: `，权重取回第 ${restored} 轮的`, en: `; the weights are those of epoch ${restored}` };
  return say({
    zh: `${key} 连续 ${patience} 轮没有改善，停止训练${kept.zh}`,
    en: `stopped: ${key} has not improved for ${patience} epochs${kept.en}`,
  });
}

/** Stops when the monitored value has not improved for `patience` epochs, and puts the best weights back. */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  const { patience = 7, minDelta = 0, restore = true } = options;
  const monitor = new Monitor(options);
  let state = { best: Infinity, bestEpoch: 0, waited: 0 };
  let weights: SavedState | undefined;
  const put = ({ model }: Run) => weights && restoreState(model, weights);
  return {
    name: 'earlyStopping',
    onStart({ resumed }) {
      if (!resumed) [state, weights] = [{ best: Infinity, bestEpoch: 0, waited: 0 }, undefined];
    },
    onEpochEnd(log, { model, history, metrics }) {
      const cost = monitor.cost(log, metrics);
      if (cost < state.best - minDelta) {
        state = { best: cost, bestEpoch: log.epoch, waited: 0 };
        if (restore) weights = saveState(model);
        return;
      }
      state.waited++;
      if (state.waited < patience) return;
      history.reason = reasonText(monitor.key(log), patience, restore ? state.bestEpoch : undefined);
      return 'stop';
    },
    onEnd(history, run) {
      // An interrupted run will go on: it needs the weights it had.
      if (restore && (history.ending === 'finished' || history.ending === 'stopped')) put(run);
    },
    stateDict: () => ({ ...state, weights: weights && Object.fromEntries(weights) }),
    loadStateDict(saved: typeof state & { weights?: Record<string, Values | number[]> }) {
      const { weights: values, ...rest } = saved;
      state = { ...rest, best: rest.best ?? Infinity };
      // Checkpoints of version 1 held lists of numbers.
      const array = (v: Values | number[]) => (Array.isArray(v) ? Float32Array.from(v) : v);
      weights = values && new Map(Object.entries(values).map(([k, v]) => [k, array(v)]));
    },
  };
}
