/**
 * What all learning-rate schedulers share. As in PyTorch the new rate follows from the present one ("chainable"), not
 * from a closed form, so that schedulers can be combined and the numbers agree to the last digits.
 */
import type * as tf from '../../../engine/tf';
import type { Group, Hyper } from '../groups';
import type { Optimizer } from '../optimizer';

/** What a training loop and a checkpoint need of a scheduler. */
export abstract class Scheduler {
  /** Number of steps made; epochs or batches, whichever the loop calls `step` for. */
  lastEpoch = 0;
  protected lastLr: number[] = [];

  constructor(readonly optimizer: Optimizer) {}

  /** Moves on by one step and sets the learning rates. Call it after the optimizer's step. */
  abstract step(metric?: number | tf.Tensor): void;

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

/** Where a scheduler begins; PyTorch's `last_epoch`. */
export interface Continued {
  /**
   * The step that was made last, −1 for a beginning. Else each group has to hold the `initialLr` that an earlier scheduler
   * has noted, as the optimizer's state does.
   */
  readonly lastEpoch?: number | undefined;
}

/** The base of schedulers by the number of steps: each says in `nextLrs` which rate a group has at step `lastEpoch`. */
export abstract class LRScheduler extends Scheduler {
  override lastEpoch: number;
  protected baseLrs: number[];
  /** No field of the state. */
  #initial = false;

  /** @throws RangeError for a `lastEpoch` that is no step, or without the first rates where it goes on from one */
  constructor(optimizer: Optimizer, lastEpoch = -1) {
    super(optimizer);
    if (!(Number.isInteger(lastEpoch) && lastEpoch >= -1)) {
      throw new RangeError(
        `Cannot build ${this.constructor.name}: expected a whole lastEpoch of −1 or more, got ${lastEpoch}`,
      );
    }
    this.lastEpoch = lastEpoch;
    if (lastEpoch === -1) for (const group of this.groups()) group.initialLr ??= group.lr;
    this.baseLrs = this.groups().map(({ initialLr }, i) => initialLr ?? this.withoutInitialLr(i));
  }

  /**
   * Moves on by one step, or to a given one, whose rates follow from the first ones where there is such a formula.
   * @throws RangeError for what is no step, and where no rate follows from the options
   */
  step(epoch?: number): void {
    if (epoch === undefined) {
      this.lastEpoch++;
      this.apply(this.nextLrs());
      return;
    }
    if (!(Number.isInteger(epoch) && epoch >= 0)) {
      throw new RangeError(
        `Cannot step ${this.constructor.name}: expected a whole epoch of 0 or more, got ${epoch}; ` +
          'ReduceLROnPlateau alone takes a metric',
      );
    }
    this.moveTo(epoch);
  }

  /** Sets the learning rates of a step, as `SequentialLR` does when it comes to this scheduler. */
  moveTo(epoch: number): void {
    this.lastEpoch = epoch;
    this.apply(this.closedLrs?.() ?? this.nextLrs());
  }

  /** Sets the learning rates of step 0; every constructor ends with it. */
  start(): void {
    this.#initial = true;
    this.step();
    this.#initial = false;
  }

  /** Steps back by one without touching the learning rates, as SequentialLR needs it. */
  undo(): void {
    this.lastEpoch--;
  }

  /** Whether the step under way is the constructor's. */
  protected get initial(): boolean {
    return this.#initial;
  }

  /** Learning rates of step `lastEpoch`, the groups still having those of the step before. */
  protected abstract nextLrs(): number[];

  /** Learning rates of step `lastEpoch` out of `baseLrs`, where there is a formula for them. */
  protected closedLrs?(): number[];

  protected groups(): ScheduledGroup[] {
    return this.optimizer.paramGroups;
  }

  /** The present learning rates, each changed alike. */
  protected each(change: (lr: number) => number = (lr) => lr): number[] {
    return this.groups().map(({ lr }) => change(lr));
  }

  /** @throws RangeError where a rate is no finite number */
  protected apply(lrs: readonly number[]): void {
    const at = lrs.findIndex((lr) => !Number.isFinite(lr));
    if (at >= 0) {
      throw new RangeError(
        `Cannot step ${this.constructor.name}: expected options from which a learning rate follows at step ` +
          `${this.lastEpoch}, got ${lrs[at]} for group ${at} (a division by zero, or an option that is no number)`,
      );
    }
    this.groups().forEach((group, i) => {
      group.lr = lrs[i] ?? group.lr;
    });
    this.lastLr = this.each();
  }

  private withoutInitialLr(group: number): never {
    throw new RangeError(
      `Cannot build ${this.constructor.name}: expected initialLr in every parameter group to go on from lastEpoch ` +
        `${this.lastEpoch}, got none in group ${group}; load the optimizer's state first`,
    );
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
