/**
 * What all learning-rate schedulers share. As in PyTorch the new rate follows from the present one ("chainable"), not
 * from a closed form, so that schedulers can be combined and the numbers agree to the last digits.
 */
import type { Group, Hyper } from '../groups';
import type { Optimizer } from '../optimizer';

/** What a training loop and a checkpoint need of a scheduler. */
export abstract class Scheduler {
  /** Number of steps made; epochs or batches, whichever the loop calls `step` for. */
  lastEpoch = 0;
  protected lastLr: number[] = [];

  constructor(readonly optimizer: Optimizer) {}

  /** Moves on by one step and sets the learning rates. Call it after the optimizer's step. */
  abstract step(metric?: number): void;

  /** The learning rate of each group, as last set. */
  getLastLr(): number[] {
    return [...this.lastLr];
  }

  /** The scheduler's options and where it stands, as plain JSON; functions are left out. */
  stateDict(): Record<string, unknown> {
    const fields = Object.entries(this).filter(([key]) => key !== 'optimizer');
    return structuredClone(Object.fromEntries(fields));
  }

  /**
   * Goes on from a state that `stateDict` of the same kind of scheduler gave.
   * @throws RangeError if the fields are those of another kind of scheduler
   */
  loadStateDict(state: Readonly<Record<string, unknown>>): void {
    const kinds = (fields: object) =>
      Object.entries(fields)
        .map(([key, value]) => `${key}: ${Array.isArray(value) ? 'list' : typeof value}`)
        .sort()
        .join(', ');
    const [own, given] = [kinds(this.stateDict()), kinds(state)];
    if (own !== given) {
      throw new RangeError(`Cannot load ${this.constructor.name} state: expected ${own}, got ${given}`);
    }
    Object.assign(this, structuredClone(state));
  }
}

/** A group of an optimizer, perhaps with momentum or betas, and what schedulers note there. */
export type ScheduledGroup = Group<Hyper> & {
  momentum?: number;
  betas?: readonly [number, number];
  /** The learning rate a scheduler started from. */
  initialLr?: number;
  /** Limits of a momentum (or Adam's first beta) that changes at every step. */
  baseMomentum?: number;
  maxMomentum?: number;
  /** OneCycleLR's learning rates: it goes up to one and down to the other. */
  maxLr?: number;
  minLr?: number;
};

/** The base of schedulers by the number of steps: each says in `nextLrs` which rate a group has at step `lastEpoch`. */
export abstract class LRScheduler extends Scheduler {
  override lastEpoch = -1;
  protected baseLrs: number[];

  constructor(optimizer: Optimizer) {
    super(optimizer);
    for (const group of this.groups()) group.initialLr ??= group.lr;
    this.baseLrs = this.groups().map(({ lr, initialLr }) => initialLr ?? lr);
  }

  step(): void {
    this.lastEpoch++;
    this.apply(this.nextLrs());
  }

  /** Sets the learning rates of step 0; every constructor ends with it. */
  start(): void {
    this.lastEpoch++;
    this.apply(this.initialLrs());
  }

  /** Steps back by one without touching the learning rates, as SequentialLR needs it. */
  undo(): void {
    this.lastEpoch--;
  }

  /** Begins anew at step 0 when SequentialLR comes to this scheduler. */
  restart(): void {
    this.lastEpoch = 0;
    this.groups().forEach((group, i) => (group.lr = this.baseLrs[i] ?? group.lr));
    this.apply(this.initialLrs());
  }

  /** Learning rates of step 0, the groups having the rates that they started with. */
  protected initialLrs(): number[] {
    return this.groups().map(({ lr }) => lr);
  }

  /** Learning rates of step `lastEpoch`, the groups still having those of the step before. */
  protected abstract nextLrs(): number[];

  protected groups(): ScheduledGroup[] {
    return this.optimizer.paramGroups;
  }

  private apply(lrs: readonly number[]): void {
    this.groups().forEach((group, i) => {
      group.lr = lrs[i] ?? group.lr;
    });
    this.lastLr = this.groups().map(({ lr }) => lr);
  }
}

/**
 * One value for each group, out of one for all or a list.
 * @throws RangeError for a list of another length
 */
export function perGroup(name: string, value: number | readonly number[], optimizer: Optimizer): number[] {
  const groups = optimizer.paramGroups.length;
  const values = typeof value === 'number' ? Array<number>(groups).fill(value) : [...value];
  if (values.length === groups) return values;
  throw new RangeError(
    `Cannot build scheduler: expected one ${name} for each of ${groups} parameter groups, got ${values.length}`,
  );
}
