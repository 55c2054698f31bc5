/** Learning-rate schedulers as callbacks. */
import type { Callback } from './callback';
import { Monitor, type MonitorOptions } from './stopping';

/** PyTorch's schedulers, as far as a callback calls them. */
export interface Scheduler {
  step(): void;
  stateDict?(): unknown;
  loadStateDict?(state: never): void;
}

/** `ReduceLROnPlateau`: steps by a value. */
export interface PlateauScheduler {
  step(metric: number): void;
  stateDict?(): unknown;
  loadStateDict?(state: never): void;
}

const saving = (scheduler: Scheduler | PlateauScheduler): Partial<Callback> => ({
  stateDict: () => scheduler.stateDict?.() ?? null,
  loadStateDict: (state: never) => scheduler.loadStateDict?.(state),
});

/** Steps a scheduler after every epoch, or after every training step (OneCycleLR, CyclicLR, warm-up). */
export function schedule(
  scheduler: Scheduler,
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
export function reduceLROnPlateau(scheduler: PlateauScheduler, options: MonitorOptions = {}): Callback {
  const monitor = new Monitor({ mode: 'min', ...options });
  return {
    name: 'reduceLROnPlateau',
    onEpochEnd(log) {
      scheduler.step(log[monitor.key(log)] ?? monitor.cost(log));
    },
    ...saving(scheduler),
  };
}
