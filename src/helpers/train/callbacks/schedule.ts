/** Learning-rate schedulers as callbacks. */
import { LRScheduler, type Scheduler } from '../../optim/schedulers';
import type { Callback } from './callback';
import { Monitor } from './stopping';

/** A scheduler, as far as a callback calls it. */
export type Stepped = Pick<Scheduler, 'step'> & Partial<Scheduler>;

/** When a scheduler steps, and by which metric. */
export interface ScheduleOptions {
  /** When the scheduler steps: after every epoch, or after every training step (OneCycleLR, CyclicLR, warm-up). */
  readonly every?: 'epoch' | 'step';
  /** What `ReduceLROnPlateau` watches; default `validLoss`, or `loss` without validation; a step knows its `loss` alone. */
  readonly monitor?: string;
}

/**
 * Steps a scheduler, `ReduceLROnPlateau` with the monitored value.
 * @example
 * const optimizer = new SGD(model.parameters(), { lr: 0.1 });
 * const callbacks = [schedule(new lrScheduler.ReduceLROnPlateau(optimizer, { patience: 3 }))];
 */
export function schedule(scheduler: Stepped, { every = 'epoch', monitor }: ScheduleOptions = {}): Callback {
  const watched = new Monitor({ monitor });
  const step = (log: Readonly<Record<string, number>>) => {
    if (scheduler instanceof LRScheduler) scheduler.step();
    else scheduler.step(watched.value(log));
  };
  return {
    name: 'schedule',
    looksOn: true,
    ...(every === 'epoch' ? { onEpochEnd: step } : { onBatchEnd: ({ loss }) => step({ loss }) }),
    stateDict: () => scheduler.stateDict?.() ?? null,
    loadStateDict: (state: never) => scheduler.loadStateDict?.(state),
  };
}
