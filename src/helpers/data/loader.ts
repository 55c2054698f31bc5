/** Walks a data set in batches, one epoch per loop. */
import { randomInt } from '../../engine/random';
import { Sfc32 } from '../../engine/random/sfc32';
import type { Dataset, Tensors } from './dataset';
import { permutation, seededRandom } from './permutation';

/** PyTorch's options of a DataLoader and their defaults: one sample a batch, in order, none left out. */
export interface DataLoaderOptions {
  /** Samples per batch; the last batch of an epoch may be smaller. */
  readonly batchSize?: number;
  /** A new order in each epoch. */
  readonly shuffle?: boolean;
  /** Leaves out the last batch if it is smaller. */
  readonly dropLast?: boolean;
  /** Makes the order independent of `manualSeed()` and of everything else that draws random numbers. */
  readonly seed?: number;
}

/** Where a loader stands; plain JSON, for checkpoints. */
export interface LoaderState {
  /** Epochs begun and not to be continued. */
  readonly epoch: number;
  /** Batches already handed out in the epoch to be continued; 0 between epochs. */
  readonly batch: number;
  /** Seed of that epoch's order. */
  readonly orderSeed: number;
}

const MAX_SEED = 2 ** 31;

/**
 * Hands out a data set in batches, as `torch.utils.data.DataLoader`.
 *
 * Each loop is one epoch. The order of an epoch is decided by one number drawn at its
 * start, so that restoring the random state (or, within an epoch, `loadStateDict`) gives the same batches again.
 *
 * @example
 * for (const [x, y] of new DataLoader(train, { batchSize: 64, shuffle: true })) step(x, y);
 */
export class DataLoader<B extends Tensors> implements Iterable<B> {
  readonly batchSize: number;
  private readonly shuffle: boolean;
  private readonly dropLast: boolean;
  private readonly seed: number | undefined;
  private state: LoaderState = { epoch: 0, batch: 0, orderSeed: 0 };

  /** @throws RangeError unless `batchSize` is an integer of 1 or more */
  constructor(
    readonly dataset: Dataset<B>,
    { batchSize = 1, shuffle = false, dropLast = false, seed }: DataLoaderOptions = {},
  ) {
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new RangeError(`Cannot build DataLoader: expected an integer batchSize ≥ 1, got ${batchSize}`);
    }
    this.batchSize = batchSize;
    this.shuffle = shuffle;
    this.dropLast = dropLast;
    this.seed = seed;
  }

  /** Number of batches in an epoch. */
  get length(): number {
    const batches = this.dataset.length / this.batchSize;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  /** Where this loader stands: between two epochs, or behind the batch handed out last. */
  stateDict(): LoaderState {
    return { ...this.state };
  }

  /**
   * Makes the next loop continue where `state` was taken.
   * @throws RangeError if an epoch of this loader has no such batch
   */
  loadStateDict(state: LoaderState): void {
    if (!(Number.isInteger(state.batch) && state.batch >= 0 && state.batch <= this.length)) {
      throw new RangeError(
        `Cannot load loader state: expected a batch in 0 … ${this.length}, got ${state.batch}`,
      );
    }
    this.state = { ...state };
  }

  /** One epoch of batches. */
  *[Symbol.iterator](): Generator<B, void, undefined> {
    for (const positions of this.positions()) yield this.dataset.gather(positions);
  }

  /** One epoch's batches as the positions of their samples: what a loop over the loader gathers. */
  *positions(): Generator<Int32Array, void, undefined> {
    const { epoch, batch: first } = this.state;
    const orderSeed = first > 0 ? this.state.orderSeed : this.nextOrderSeed(epoch);
    const order = this.order(orderSeed);
    try {
      for (let i = first; i < this.length; i++) {
        this.state = { epoch, batch: i + 1, orderSeed };
        yield order.subarray(i * this.batchSize, (i + 1) * this.batchSize);
      }
    } finally {
      this.state = { epoch: epoch + 1, batch: 0, orderSeed: 0 };
    }
  }

  /** The first batch of a fresh epoch. */
  first(): B {
    return this.dataset.gather(this.order(this.nextOrderSeed(this.state.epoch)).subarray(0, this.batchSize));
  }

  private nextOrderSeed(epoch: number): number {
    if (!this.shuffle) return 0;
    if (this.seed === undefined) return randomInt(MAX_SEED);
    return Math.floor(Sfc32.from(this.seed, epoch).next() * MAX_SEED);
  }

  private order(orderSeed: number): Int32Array {
    const { length } = this.dataset;
    return this.shuffle
      ? permutation(length, seededRandom(orderSeed))
      : Int32Array.from({ length }, (_, i) => i);
  }
}
