/**
 * A run that is shown elsewhere: worker 0 of a launched program sends what happens to the process that launched it,
 * usually a notebook.
 */
import { saveStateDict } from '../../io/state';
import type { EpochLog } from '../history';
import type { BatchLog, Callback, Run } from './callback';

/** What is sent, as plain JSON. */
export type Report =
  | ({ readonly kind: 'start'; readonly history: unknown } & Pick<
      Run,
      'epochs' | 'batches' | 'samples' | 'resumed'
    >)
  | {
      readonly kind: 'batch';
      readonly log: Omit<BatchLog, 'running'>;
      readonly running: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'epoch'; readonly log: EpochLog; readonly validSamples: number | undefined }
  | { readonly kind: 'end'; readonly history: unknown };

/** Sends a run; its last weights go into the file `weights`. */
export function report(send: (report: Report) => void, weights: string): Callback {
  return {
    name: 'report',
    last: true,
    onStart({ epochs, batches, samples, resumed, history }) {
      send({ kind: 'start', epochs, batches, samples, resumed, history: history.toJSON() });
    },
    onBatchEnd(log) {
      send({ kind: 'batch', log, running: log.running() });
    },
    onEpochEnd(log, { validSamples }) {
      send({ kind: 'epoch', log, validSamples });
    },
    onEnd(history, { model }) {
      saveStateDict(model, weights);
      send({ kind: 'end', history: history.toJSON() });
    },
  };
}
