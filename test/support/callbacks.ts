/** Callbacks fed by hand, without a run. */
import { SGD } from '../../src/helpers/optim/optimizers';
import type { Callback, Run } from '../../src/helpers/train/callbacks';
import { type Ending, type EpochLog, History } from '../../src/helpers/train/history';
import { TinyNet } from './blobs';

/** A run as callbacks see it, without one. */
export function runOf(change: Partial<Run> = {}): Run {
  const model = new TinyNet();
  const history = new History();
  const snapshot = () => ({ history: history.toJSON(), callbacks: [] });
  const fixed = { epochs: 3, batches: 4, samples: 40, validSamples: 20, resumed: false };
  return { model, optimizer: new SGD(model.parameters()), history, snapshot, ...fixed, ...change };
}

export const epochOf = (epoch: number, rest: object = {}): EpochLog => ({
  epoch,
  loss: 1,
  lr: 0.1,
  seconds: 2,
  ...rest,
});

/** Tells a callback of epochs with these values, and after which it stopped the run (0: none). */
export async function tell(
  callback: Callback,
  run: Run,
  key: string,
  values: readonly number[],
  from = 1,
): Promise<number> {
  for (const [i, value] of values.entries()) {
    const log = epochOf(from + i, { [key]: value });
    run.history.epochs.push(log);
    if ((await callback.onEpochEnd?.(log, run)) === 'stop') return from + i;
  }
  return 0;
}

export const ended = (callback: Callback, run: Run, ending: Ending) => {
  run.history.ending = ending;
  return callback.onEnd?.(run.history, run);
};
