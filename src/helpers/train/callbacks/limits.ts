/** Limits of a run: time, and numbers that are none. */
import { say } from '../../../../bin/bootstrap/language';
import type { Module } from '../../../nn/module';
import type { BatchNumbers } from '../average';
import type { Batch } from '../batches';
import type { Callback } from './callback';

/**
 * Ends training after the step in which the time is up.
 * @param options minutes and seconds of training; the time between a stop and `resume` does not count
 * @throws RangeError unless the limit is above 0
 */
export function timeLimit({ minutes = 0, seconds = 0 }: { minutes?: number; seconds?: number }): Callback {
  const limit = minutes * 60 + seconds;
  if (!(limit > 0)) throw new RangeError(`Cannot limit time: expected more than 0 seconds, got ${limit}`);
  let spent = 0;
  let since = 0;
  const used = () => spent + (performance.now() - since) / 1000;
  return {
    name: 'timeLimit',
    looksOn: true,
    local: true,
    onStart({ resumed }) {
      if (!resumed) spent = 0;
      since = performance.now();
    },
    onBatchEnd(_, { history }) {
      if (used() < limit) return;
      history.reason = say({ zh: `训练已满 ${limit} 秒，停止`, en: `stopped after ${limit} s of training` });
      return 'stop';
    },
    onEnd() {
      spent = used();
    },
    stateDict: () => ({ spent }),
    loadStateDict(state: { spent: number }) {
      spent = state.spent;
    },
  };
}

const finite = (values: ArrayLike<number>): boolean => {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
};

/** What a step had to do with when it gave a number that is none. */
export interface Situation {
  readonly model: Module;
  readonly batch: Batch;
  readonly lr: number;
  readonly epoch: number;
  readonly step: number;
}

function advice({ model, batch, lr, epoch }: Situation): string {
  if (batch.some((tensor) => tensor.dtype === 'float32' && !finite(tensor.dataSync()))) {
    return 'the batch itself holds NaN or Infinity: clean the data or its transforms';
  }
  const broken = [...model.stateDict()].find(([, variable]) => !finite(variable.dataSync()));
  const where = broken ? ` ("${broken[0]}" is no longer finite)` : '';
  const early = epoch === 1 ? ' or start with a warm-up' : '';
  return (
    `the data are finite, so training diverged${where}: lower lr (now ${lr}, try ${lr / 10}),` +
    ` clip gradients (clipNorm: 1)${early}, and look for log, sqrt or division by 0 in the loss`
  );
}

/**
 * Says that a step came out of the numbers, and what is most likely to blame.
 * @param numbers what the step gave; `finite` is false where it was left out, so that the model is as it was before
 * @throws RangeError always
 */
export function refuseStep(numbers: Pick<BatchNumbers, 'loss' | 'finite'>, situation: Situation): never {
  const { loss, finite: applied } = numbers;
  const { epoch, step } = situation;
  const got = Number.isFinite(loss) ? `gradients that are NaN or infinite (loss ${loss})` : String(loss);
  const what = Number.isFinite(loss) ? 'finite gradients' : 'a finite loss';
  const kept = applied === false ? 'the step was left out, the weights are those before it; ' : '';
  throw new RangeError(
    `Cannot go on training: expected ${what}, got ${got} at epoch ${epoch}, step ${step}; ${kept}${advice(situation)}`,
  );
}
