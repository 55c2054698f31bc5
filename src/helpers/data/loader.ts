/** Walks a data set in batches, one epoch per loop. */
import { marked, shared, size } from '../../engine/cluster';
import { randomInt, randomState, setRandomState } from '../../engine/random';
import { Sfc32 } from '../../engine/random/sfc32';
import type { Dataset, SampleRandom, Tensors } from './dataset';
import { asDataset, IterableDataset, lengthOf, type Samples, samplesOf } from './items';
import { permutation, seededRandom } from './permutation';
import { type LoaderState, type Place, Places } from './places';
import { type Plan, planOf } from './plan';
import { randomOf } from './samplerandom';
import { Sampler } from './samplers';
import { defaultCollate } from './tensors';
import { recipeOf } from './workers/recipe';
import { WorkerPool } from './workers/workerpool';

/** PyTorch's options of a DataLoader and their defaults: one sample a batch, in order, none left out. */
export interface DataLoaderOptions<B = unknown> {
  /** Samples per batch; the last batch of an epoch may be smaller. */
  readonly batchSize?: number;
  /** A new order in each epoch. */
  readonly shuffle?: boolean;
  /** Leaves out the last batch if it is smaller. */
  readonly dropLast?: boolean;
  /** Makes the order independent of `manualSeed()` and of everything else that draws random numbers. */
  readonly seed?: number;
  /** Which positions an epoch takes, in which order. */
  readonly sampler?: Iterable<number> & { readonly length: number };
  /** Which positions each batch takes; instead of `batchSize`, `shuffle`, `sampler` and `dropLast`. */
  readonly batchSampler?: Iterable<ArrayLike<number>> & { readonly length: number };
  /** Makes a batch of a list of samples; default: `defaultCollate`, or what the data set gives as a batch. */
  readonly collateFn?: (samples: never[]) => B;
  /**
   * Worker threads that prepare the batches of `for await` loops, and of `fit` and `evaluate`, while the step before
   * runs: as they come without, to the bit. For data sets of arrays, and for a `ModuleDataset`; default 0.
   */
  readonly numWorkers?: number;
  /** Batches that each worker thread may be ahead; default 2. */
  readonly prefetchFactor?: number;
  /** Keeps the worker threads from one epoch to the next; default false. */
  readonly persistentWorkers?: boolean;
}

/** One loop over a loader: it alone knows its place in its epoch. */
export type LoaderWalk<T, G = Generator<T, void, undefined>> = G & {
  /** Where this loop stands. */
  stateDict(): LoaderState;
};

const MAX_SEED = 2 ** 31;

/**
 * Hands out a data set in batches, as `torch.utils.data.DataLoader`.
 *
 * Each loop is one epoch, also one within another. The order of an epoch is decided by one number drawn at its
 * start, so that restoring the random state (or, within an epoch, `loadStateDict`) gives the same batches again.
 *
 * @example
 * for (const [x, y] of new DataLoader(train, { batchSize: 64, shuffle: true })) step(x, y);
 */
export class DataLoader<B = Tensors> implements Iterable<B>, AsyncIterable<B> {
  readonly batchSize: number;
  readonly numWorkers: number;
  readonly dataset: Dataset<B & Tensors>;
  private readonly stream: Iterable<unknown> | undefined;
  private readonly plan: Plan;
  private readonly places = new Places();
  private pool: WorkerPool | undefined;

  /** @throws RangeError or TypeError that names an option which is out of range, or excluded by another */
  constructor(
    dataset: Samples<B & Tensors> | IterableDataset,
    private readonly options: DataLoaderOptions<B> = {},
  ) {
    this.stream = dataset instanceof IterableDataset ? dataset : undefined;
    this.plan = planOf(options, this.stream !== undefined);
    this.batchSize = this.plan.batchSize;
    this.numWorkers = this.plan.numWorkers;
    this.dataset = this.stream ? (dataset as never) : asDataset<B & Tensors>(dataset as Samples<B & Tensors>);
  }

  /** Number of batches in an epoch; NaN for an `IterableDataset` without a length. */
  get length(): number {
    const { batchSampler, sampler = this.dataset, dropLast = false } = this.options;
    if (batchSampler) return batchSampler.length;
    const batches = lengthOf(this.stream ?? sampler) / this.batchSize;
    return dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  /**
   * Where this loader stands: between two epochs, or behind the batch handed out last. Of several loops under way, where
   * the one stands that moved last; each loop says for itself by its iterator's `stateDict`.
   */
  stateDict(): LoaderState {
    return this.places.state();
  }

  /**
   * Makes the next loop continue where `state` was taken.
   * @throws RangeError if an epoch of this loader has no such batch
   */
  loadStateDict(state: LoaderState): void {
    const most = this.stream ? Infinity : this.length;
    if (!(Number.isInteger(state.batch) && state.batch >= 0 && state.batch <= most)) {
      throw new RangeError(`Cannot load loader state: expected a batch in 0 … ${most}, got ${state.batch}`);
    }
    this.places.load(state);
  }

  /** One epoch of batches. */
  [Symbol.iterator](): LoaderWalk<B> {
    return this.walk((place) => this.epoch(place, (at, random) => this.batchOf(at, random)));
  }

  /** One epoch of batches, prepared by the worker threads if there are any. */
  [Symbol.asyncIterator](): LoaderWalk<B, AsyncGenerator<B, void, undefined>> {
    const { numWorkers } = this;
    return this.walk((place) => {
      // workers of a cluster have a process each
      if (numWorkers > 0 && size === 1) return this.prefetched(place);
      return awaited(this.epoch(place, (at, random) => this.batchOf(at, random)));
    });
  }

  /** One epoch's batches as the positions of their samples: what a loop over the loader gathers. */
  positions(): LoaderWalk<Int32Array> {
    return this.walk((place) => this.epoch(place, (at) => Int32Array.from(at as ArrayLike<number>)));
  }

  /** The first batch of a fresh epoch. */
  first(): B {
    const place = this.places.made();
    place.orderSeed = this.nextOrderSeed(this.places.next);
    for (const at of this.batches(place)) return this.batchOf(at, randomOf(place.orderSeed, 0));
    return this.batchOf([], randomOf(0, 0));
  }

  /** Ends worker threads that were kept. */
  dispose(): void {
    this.pool?.dispose();
    this.pool = undefined;
  }

  private walk<G extends object>(make: (place: Place) => G): G & { stateDict(): LoaderState } {
    const place = this.places.made();
    return Object.assign(make(place), { stateDict: () => this.places.state(place) });
  }

  private *epoch<T>(
    place: Place,
    make: (at: unknown, random: SampleRandom) => T,
  ): Generator<T, void, undefined> {
    this.begin(place);
    try {
      let i = 0;
      for (const at of this.batches(place)) {
        if (i++ < place.batch) continue;
        this.places.advance(place, i);
        const random = randomOf(place.orderSeed, i - 1);
        if (size === 1) yield make(at, random);
        else yield* this.shares(at as ArrayLike<unknown>, random, make);
      }
    } finally {
      this.places.end(place);
    }
  }

  /** A batch; of several workers this one's share of it, its samples as they are in the whole. */
  private *shares<T>(
    at: ArrayLike<unknown>,
    random: SampleRandom,
    make: (at: unknown, random: SampleRandom) => T,
  ): Generator<T, void, undefined> {
    yield* shared(at.length, (share) => {
      if (!share) return make(at, random);
      const { from, to } = share;
      const own = Array.from(at).slice(from, to);
      return marked(make(own, (row) => random(row + from)));
    });
  }

  private async *prefetched(place: Place): AsyncGenerator<B, void, undefined> {
    this.begin(place);
    const { prefetchFactor = 2, persistentWorkers = false, collateFn } = this.options;
    const pool = (this.pool ??= new WorkerPool(recipeOf(this.dataset), this.numWorkers));
    let whole = false;
    try {
      const all = [...this.batches(place)] as ArrayLike<number>[];
      const tasks = all.map((positions, batch) => ({
        positions,
        batch,
        seed: place.orderSeed,
        single: !!collateFn,
      }));
      const results = pool.ordered(tasks.slice(place.batch), this.numWorkers * prefetchFactor);
      for (let i = place.batch; i < tasks.length; i++) {
        const batch = await results.next();
        this.places.advance(place, i + 1);
        yield collateFn ? collateFn(batch as never[]) : (batch as B);
      }
      whole = true;
    } finally {
      this.places.end(place);
      if (!whole || !persistentWorkers) this.dispose();
    }
  }

  private begin(place: Place): void {
    const { sampler } = this.plan;
    this.places.begin(place, (epoch) => this.nextOrderSeed(epoch), sampler && (() => sampler.stateDict()));
  }

  /** The batches of an epoch: positions, or, of a stream, samples. */
  private *batches(place: Place): Generator<unknown> {
    const { batchSize, stream } = this;
    if (stream) {
      yield* chunks(stream, batchSize, this.options.dropLast ?? false);
      return;
    }
    const order = this.order(place);
    if (this.options.batchSampler) return yield* order;
    const positions = order as Int32Array | number[];
    const { length } = this;
    for (let i = 0; i < length; i++) yield positions.slice(i * batchSize, (i + 1) * batchSize);
  }

  /** Positions of an epoch, or of a batch sampler lists of them. */
  private order({ orderSeed, sampler, resumed }: Place): Int32Array | unknown[] {
    const { length } = this.dataset;
    const given = this.options.batchSampler ?? this.options.sampler;
    if (!given) {
      if (this.options.shuffle) return permutation(length, seededRandom(orderSeed));
      return Int32Array.from({ length }, (_, i) => i);
    }
    if (!resumed || !sampler) return Array.from<unknown>(given);
    const now = randomState();
    setRandomState(sampler.random);
    if (given instanceof Sampler) given.loadStateDict(sampler.own);
    const order = Array.from<unknown>(given);
    setRandomState(now);
    return order;
  }

  private batchOf(at: unknown, random: SampleRandom): B {
    const { collateFn } = this.options;
    if (this.stream) return (collateFn ?? defaultCollate)(at as never[]) as B;
    if (!collateFn) return this.dataset.gather(at as ArrayLike<number>, random);
    return collateFn(samplesOf(this.dataset, at as ArrayLike<number>, random) as never[]);
  }

  private nextOrderSeed(epoch: number): number {
    const { shuffle = false, seed } = this.options;
    if (!shuffle && !this.dataset.getItems) return 0;
    if (seed === undefined) return randomInt(MAX_SEED);
    return Math.floor(Sfc32.from(seed, epoch).next() * MAX_SEED);
  }
}

/** Batches that are there already, for a loop that waits. */
// eslint-disable-next-line @typescript-eslint/require-await
async function* awaited<T>(batches: Iterable<T>): AsyncGenerator<T, void, undefined> {
  yield* batches;
}

function* chunks(stream: Iterable<unknown>, size: number, dropLast: boolean): Generator<unknown[]> {
  let chunk: unknown[] = [];
  for (const sample of stream) {
    if (chunk.push(sample) < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0 && !dropLast) yield chunk;
}
