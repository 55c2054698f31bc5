/** Several schedulers, one after another. */
import type { Optimizer } from '../optimizer';
import { LRScheduler, type ScheduledGroup, Scheduler } from './scheduler';

/**
 * Hands over to the next scheduler at each of the `milestones` (steps): a warm-up, then a decay. Like `SequentialLR`.
 * @example
 * const warmup = new LinearLR(optimizer, { startFactor: 0.1, totalIters: 100 });
 * const decay = new CosineAnnealingLR(optimizer, { tMax: 900 });
 * const scheduler = new SequentialLR(optimizer, { schedulers: [warmup, decay], milestones: [100] });
 */
export class SequentialLR extends Scheduler {
  private readonly schedulers: readonly LRScheduler[];
  private readonly milestones: readonly number[];

  /** @throws RangeError unless there is one milestone between every two schedulers, all of this optimizer */
  constructor(
    optimizer: Optimizer,
    { schedulers, milestones }: { schedulers: readonly LRScheduler[]; milestones: readonly number[] },
  ) {
    super(optimizer);
    if (schedulers.length === 0 || milestones.length !== schedulers.length - 1) {
      throw new RangeError(
        'Cannot build SequentialLR: expected one milestone between every two schedulers, ' +
          `got ${schedulers.length} schedulers and ${milestones.length} milestones`,
      );
    }
    if (schedulers.some((scheduler) => scheduler.optimizer !== optimizer)) {
      throw new RangeError('Cannot build SequentialLR: expected schedulers of its own optimizer, got others');
    }
    this.schedulers = schedulers;
    this.milestones = milestones;
    // The schedulers have each made their step 0 while they were built; only the first one's shall hold.
    const groups: ScheduledGroup[] = optimizer.paramGroups;
    for (const group of groups) group.lr = group.initialLr ?? group.lr;
    for (const scheduler of schedulers) scheduler.undo();
    schedulers[0]?.start();
    this.lastLr = schedulers[0]?.getLastLr() ?? [];
  }

  step(): void {
    this.lastEpoch++;
    const index = this.milestones.filter((milestone) => milestone <= this.lastEpoch).length;
    const scheduler = this.schedulers[index];
    if (!scheduler) return;
    if (index > 0 && this.milestones[index - 1] === this.lastEpoch) scheduler.restart();
    else scheduler.step();
    this.lastLr = scheduler.getLastLr();
  }

  override stateDict(): Record<string, unknown> {
    return {
      lastEpoch: this.lastEpoch,
      schedulers: this.schedulers.map((scheduler) => scheduler.stateDict()),
    };
  }

  /** @throws RangeError for the state of another number of schedulers */
  override loadStateDict({ lastEpoch, schedulers }: Readonly<Record<string, unknown>>): void {
    const states = Array.isArray(schedulers) ? (schedulers as Record<string, unknown>[]) : [];
    if (typeof lastEpoch !== 'number' || states.length !== this.schedulers.length) {
      throw new RangeError(
        `Cannot load SequentialLR state: expected ${this.schedulers.length} schedulers, got ${states.length}`,
      );
    }
    this.schedulers.forEach((scheduler, i) => scheduler.loadStateDict(states[i] ?? {}));
    this.lastEpoch = lastEpoch;
    const index = this.milestones.filter((milestone) => milestone <= lastEpoch).length;
    this.lastLr = this.schedulers[index]?.getLastLr() ?? [];
  }
}
