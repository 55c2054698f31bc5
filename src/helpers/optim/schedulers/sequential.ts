/** Several schedulers, one after another or all at once. */
import type * as tf from '../../../engine/tf';
import type { Optimizer } from '../optimizer';
import { type Continued, LRScheduler, type ScheduledGroup, Scheduler } from './scheduler';

/** What is made of other schedulers: its state is theirs. */
abstract class Composed<S extends Scheduler> extends Scheduler {
  constructor(
    optimizer: Optimizer,
    protected readonly schedulers: readonly S[],
  ) {
    super(optimizer);
  }

  protected refuseOthers(): void {
    if (this.schedulers.every(({ optimizer }) => optimizer === this.optimizer)) return;
    const kind = this.constructor.name;
    throw new RangeError(`Cannot build ${kind}: expected schedulers of its own optimizer, got others`);
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
        `Cannot load ${this.constructor.name} state: expected ${this.schedulers.length} schedulers, got ${states.length}`,
      );
    }
    this.schedulers.forEach((scheduler, i) => scheduler.loadStateDict(states[i] ?? {}));
    this.lastEpoch = lastEpoch;
    this.lastLr = this.present()?.getLastLr() ?? [];
  }

  /** Whose learning rates hold. */
  protected abstract present(): Scheduler | undefined;
}

/** The schedulers in their order, and the step at which each but the first begins. */
export interface SequentialLROptions extends Continued {
  readonly schedulers: readonly LRScheduler[];
  readonly milestones: readonly number[];
}

/**
 * Hands over to the next scheduler at each of the `milestones` (steps): a warm-up, then a decay. Like `SequentialLR`.
 * @example
 * const warmup = new LinearLR(optimizer, { startFactor: 0.1, totalIters: 100 });
 * const decay = new CosineAnnealingLR(optimizer, { tMax: 900 });
 * const scheduler = new SequentialLR(optimizer, { schedulers: [warmup, decay], milestones: [100] });
 */
export class SequentialLR extends Composed<LRScheduler> {
  private readonly milestones: readonly number[];

  /** @throws RangeError unless there is one milestone between every two schedulers, all of this optimizer */
  constructor(optimizer: Optimizer, { schedulers, milestones, lastEpoch = -1 }: SequentialLROptions) {
    super(optimizer, schedulers);
    if (schedulers.length === 0 || milestones.length !== schedulers.length - 1) {
      throw new RangeError(
        'Cannot build SequentialLR: expected one milestone between every two schedulers, ' +
          `got ${schedulers.length} schedulers and ${milestones.length} milestones`,
      );
    }
    const other = schedulers.find((scheduler) => !(scheduler instanceof LRScheduler)) as
      Scheduler | undefined;
    if (other) {
      const got = other.constructor.name;
      throw new RangeError(
        `Cannot build SequentialLR: expected schedulers that go by steps alone, got ${got}`,
      );
    }
    this.refuseOthers();
    this.lastEpoch = lastEpoch + 1;
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
    if (index > 0 && this.milestones[index - 1] === this.lastEpoch) scheduler.moveTo(0);
    else scheduler.step();
    this.lastLr = scheduler.getLastLr();
  }

  protected override present(): Scheduler | undefined {
    return this.schedulers[this.milestones.filter((milestone) => milestone <= this.lastEpoch).length];
  }
}

/**
 * Steps several schedulers at once, so that their factors multiply. Like `ChainedScheduler`.
 * @example
 * const warmup = new ConstantLR(optimizer, { factor: 0.1, totalIters: 20 });
 * const scheduler = new ChainedScheduler([warmup, new ExponentialLR(optimizer, { gamma: 0.9 })]);
 */
export class ChainedScheduler extends Composed<Scheduler> {
  /** @throws RangeError without schedulers, or for those of several optimizers */
  constructor(schedulers: readonly Scheduler[]) {
    const [first] = schedulers;
    if (!first) throw new RangeError('Cannot build ChainedScheduler: expected schedulers, got none');
    super(first.optimizer, schedulers);
    this.refuseOthers();
    this.lastLr = schedulers.at(-1)?.getLastLr() ?? [];
  }

  /** Steps each of them, with the metric for those that go by one. */
  step(metric?: number | tf.Tensor): void {
    this.lastEpoch++;
    for (const scheduler of this.schedulers) {
      if (scheduler instanceof LRScheduler) scheduler.step();
      else scheduler.step(metric);
    }
    this.lastLr = this.present()?.getLastLr() ?? [];
  }

  protected override present(): Scheduler | undefined {
    return this.schedulers.at(-1);
  }
}
