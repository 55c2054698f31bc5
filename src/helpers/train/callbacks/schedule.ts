/** Learning-rate schedulers as callbacks. */
import type { Scheduler } from '../../optim/schedulers';
import type { Callback } from './callback';
import { Monitor, type MonitorOptions } from './stopping';

/** A scheduler, as far as a callback calls it. */
export type Stepped = Pick<Scheduler, 'step'> & Partial<Scheduler>;

const saving = (scheduler: Stepped): Partial<Callback> => ({
  stateDict: () => scheduler.stateDict?.() ?? null,
  loadStateDict: (state: never) => scheduler.loadStateDict?.(state),
});

/** Steps a scheduler after every epoch, or after every training step (OneCycleLR, CyclicLR, warm-up). */
export function schedule(
  scheduler: Stepped,
  { every = 'epoch' }: { every?: 'epoch' | 'step' } = {},
): Callback {
  const step = () => scheduler.step();
  return {
    name: 'schedule',
    ...(every === 'epoch' ? { onEpochEnd: step } : { onBatchEnd: step }),
    ...saving(scheduler),
  };
}

/** Steps `ReduceLROnPlateau` with each epoch's validation loss (or another recorded value). */
export function reduceLROnPlateau(scheduler: Stepped, options: MonitorOptions = {}): Callback {
  const monitor = new Monitor({ mode: 'min', ...options });
  return {
    name: 'reduceLROnPlateau',
    onEpochEnd(log) {
      scheduler.step(log[monitor.key(log)] ?? monitor.cost(log));
    },
    ...saving(scheduler),
  };
}
