/** The record of a training run. */
import type { RandomState } from '../../engine/random';
import type { AverageState } from './average';
import { betterOf } from './metrics';

/** One epoch: `loss` and metrics of training, `valid…` those of validation (`validLoss`, `validAccuracy`). */
export type EpochLog = {
  readonly epoch: number;
  /** Mean training loss over the epoch's samples, measured while training (dropout on, weights moving). */
  readonly loss: number;
  /** Learning rate of the first parameter group at the end of the epoch, before schedulers change it. */
  readonly lr: number;
  readonly seconds: number;
} & Readonly<Record<string, number>>;

/** How a run ended. */
export type Ending = 'running' | 'finished' | 'stopped' | 'interrupted' | 'failed';

/** The place in a run from which it can go on as if nothing had happened; plain JSON. */
export interface Position {
  /** Epochs that are complete. */
  readonly epochs: number;
  /** Steps taken. */
  readonly steps: number;
  /** Batches of the unfinished epoch already used. */
  readonly batch: number;
  /** Whether the unfinished epoch only lacks its validation. */
  readonly trained: boolean;
  readonly average: AverageState;
  readonly random: RandomState;
  /** State of the training loader, where it has one. */
  readonly loader: unknown;
  /** Seconds already spent on the unfinished epoch. */
  readonly seconds: number;
}

const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

/** What a run left: losses, metrics and learning rates, why it ended, and where it can go on. */
export class History {
  /** One record an epoch; ready for `lossCurve(history)`. */
  readonly epochs: EpochLog[] = [];
  /** Loss and learning rate of every step. */
  readonly steps: { readonly loss: number[]; readonly lr: number[] } = { loss: [], lr: [] };
  ending: Ending = 'running';
  /** Why the run stopped early, in a sentence; empty if it did not. */
  reason = '';
  /** Where `resume` goes on; undefined once all epochs are done. */
  position: Position | undefined;

  /**
   * The epoch with the lowest (or highest) value of a key; undefined if there is none.
   * @param mode which is better; may be left out for losses and for the metrics of tsdl
   * @throws RangeError where `mode` is wanted
   */
  best(key = 'validLoss', mode = betterOf(key)): EpochLog | undefined {
    if (!mode) {
      throw new RangeError(`Cannot find the best '${key}': expected mode 'min' or 'max', got neither`);
    }
    const sign = mode === 'min' ? 1 : -1;
    return this.epochs
      .filter((log) => Number.isFinite(log[key]))
      .reduce<EpochLog | undefined>((best, log) => {
        return best && sign * (best[key] ?? NaN) <= sign * (log[key] ?? NaN) ? best : log;
      }, undefined);
  }

  get last(): EpochLog | undefined {
    return this.epochs.at(-1);
  }

  /** One line: what a cell prints whose last expression is a run, in place of every step's loss. */
  toString(): string {
    const { ending, epochs, steps, last } = this;
    const values = Object.entries(last ?? {}).filter(([key]) => key !== 'epoch' && key !== 'seconds');
    const words = values.map(([key, value]) => `${key} ${Number(value.toPrecision(4))}`).join(', ');
    return `History (${ending}): ${epochs.length} epochs, ${steps.loss.length} steps${words && `; ${words}`}`;
  }

  /** What `console.log` prints. */
  [INSPECT](): string {
    return this.toString();
  }

  /** Plain values: epochs, steps, ending and place. */
  toJSON(): Record<string, unknown> {
    const { epochs, steps, ending, reason, position } = this;
    return { epochs, steps, ending, reason, position };
  }

  /** A history that goes on from one that was saved. */
  static from(saved: unknown): History {
    const { epochs = [], steps, position } = saved as Partial<History>;
    const history = new History();
    append(history.epochs, structuredClone(epochs));
    append(history.steps.loss, steps?.loss ?? []);
    append(history.steps.lr, steps?.lr ?? []);
    history.position = position;
    return history;
  }
}

/** One by one: a long list does not fit into the arguments of one call of `push`. */
function append<T>(list: T[], items: Iterable<T>): void {
  for (const item of items) list.push(item);
}
