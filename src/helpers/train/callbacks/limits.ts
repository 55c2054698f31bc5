/** Limits of a run: time, and numbers that are none. */
import { say } from '../../../../bin/bootstrap/language';
import type { Module } from '../../../nn/module';
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

function advice(model: Module, batch: Batch, lr: number, epoch: number): string {
  if (batch.some((tensor) => tensor.dtype === 'float32' && !finite(tensor.dataSync()))) {
    return 'the batch itself holds NaN or Infinity: clean the data or its transforms';
  }
  const broken = [...model.stateDict()].find(([, variable]) => !finite(variable.dataSync()));
  const where = broken ? ` ("${broken[0]}" is no longer finite)` : '';
  const early = epoch === 1 ? ' or start with a warm-up' : '';
  return (
    `the data are finite, so training diverged${where}: lower lr (now ${lr}, try ${lr / 10}),` +
    ` clip gradients (clipNorm: 1)${early}, and look for log or division by 0 in the loss`
  );
}

/**
 * Checks that a loss is finite.
 * @throws RangeError where it is NaN or infinite, with what is most likely to blame
 */
export function checkLoss(
  loss: number,
  { model, batch, lr, epoch, step }: { model: Module; batch: Batch; lr: number; epoch: number; step: number },
): void {
  if (Number.isFinite(loss)) return;
  throw new RangeError(
    `Cannot go on training: expected a finite loss, got ${loss} at epoch ${epoch}, step ${step}; ` +
      advice(model, batch, lr, epoch),
  );
}
