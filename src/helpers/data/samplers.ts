/** In which order samples are taken, or which of them: `torch.utils.data`'s samplers. */
import { random as sharedRandom } from '../../engine/random';
import { Sfc32 } from '../../engine/random/sfc32';
import { permutation } from './permutation';

/** Whose numbers a sampler draws. */
export interface SamplerOptions {
  /** Seed of a stream of the sampler's own; default: the stream that `manualSeed` starts. */
  readonly generator?: number;
}

/** Each walk gives the positions of one epoch; a sampler of one's own extends it. */
export abstract class Sampler<T = number> implements Iterable<T> {
  /** Positions in one walk. */
  abstract readonly length: number;
  /** One epoch. */
  abstract [Symbol.iterator](): Iterator<T>;

  /** What a walk to come depends on beside the stream of `manualSeed`; plain JSON. */
  stateDict(): unknown {
    return null;
  }

  /** Takes back what `stateDict` gave. */
  loadStateDict(state: unknown): void {
    void state; // nothing to take back
  }
}

/** All positions in order. */
export class SequentialSampler extends Sampler {
  readonly length: number;

  constructor(source: { readonly length: number }) {
    super();
    this.length = source.length;
  }

  /** One epoch of positions. */
  *[Symbol.iterator](): Iterator<number> {
    for (let i = 0; i < this.length; i++) yield i;
  }
}

/** What samplers that draw have in common: a stream that is another one in each epoch. */
abstract class Drawing extends Sampler {
  private epoch = 0;

  constructor(private readonly seed: number | undefined) {
    super();
  }

  /** The numbers of one walk. */
  protected stream(): () => number {
    if (this.seed === undefined) return sharedRandom;
    const stream = Sfc32.from(this.seed, this.epoch++);
    return () => stream.next();
  }

  override stateDict(): unknown {
    return { epoch: this.epoch };
  }

  override loadStateDict(state: unknown): void {
    this.epoch = (state as { epoch: number }).epoch;
  }
}

/** How many are drawn, and whether one may come again. */
export interface RandomSamplerOptions extends SamplerOptions {
  /** Draws from all each time; default false. */
  readonly replacement?: boolean;
  /** Default: as many as there are samples. */
  readonly numSamples?: number;
}

/** Positions in random order; beyond all of them, in another random order. */
export class RandomSampler extends Drawing {
  readonly length: number;
  private readonly size: number;
  private readonly replacement: boolean;

  /** @throws RangeError for a number of samples below 1, or no sample to draw from */
  constructor(
    source: { readonly length: number },
    { replacement = false, numSamples, generator }: RandomSamplerOptions = {},
  ) {
    super(generator);
    [this.size, this.replacement] = [source.length, replacement];
    this.length = numSamples === undefined ? this.size : count('RandomSampler', numSamples);
    if (this.length > 0 && this.size === 0) {
      throw new RangeError('Cannot build RandomSampler: expected at least one sample, got 0');
    }
  }

  /** One epoch of positions. */
  *[Symbol.iterator](): Iterator<number> {
    const random = this.stream();
    for (let left = this.length; left > 0; left -= this.size) {
      if (this.replacement) {
        for (let i = 0; i < Math.min(left, this.size); i++) yield Math.floor(random() * this.size);
      } else yield* permutation(this.size, random).subarray(0, left);
    }
  }
}

/** The given positions in random order. */
export class SubsetRandomSampler extends Drawing {
  private readonly indices: readonly number[];

  constructor(indices: ArrayLike<number>, { generator }: SamplerOptions = {}) {
    super(generator);
    this.indices = Array.from(indices);
  }

  get length(): number {
    return this.indices.length;
  }

  /** One epoch of positions. */
  *[Symbol.iterator](): Iterator<number> {
    for (const i of permutation(this.length, this.stream())) yield this.indices[i] as number;
  }
}

/** Whether one position may come again; default true. */
export interface WeightedSamplerOptions extends SamplerOptions {
  readonly replacement?: boolean;
}

/** Positions drawn with probabilities in proportion to weights, which need not sum to 1. */
export class WeightedRandomSampler extends Drawing {
  readonly length: number;
  private readonly weights: Float64Array;
  private readonly replacement: boolean;

  /** @throws RangeError for negative weights, none above 0, or too few of them to draw without replacement */
  constructor(
    weights: ArrayLike<number>,
    numSamples: number,
    { replacement = true, generator }: WeightedSamplerOptions = {},
  ) {
    super(generator);
    this.weights = Float64Array.from(weights);
    this.length = count('WeightedRandomSampler', numSamples);
    this.replacement = replacement;
    const wrong = this.weights.find((weight) => !(weight >= 0 && weight < Infinity));
    const positive = this.weights.filter((weight) => weight > 0).length;
    const least = replacement ? 1 : this.length;
    if (wrong === undefined && positive >= least) return;
    const got = wrong === undefined ? `${positive} above 0` : String(wrong);
    throw new RangeError(
      `Cannot build WeightedRandomSampler: expected weights ≥ 0, at least ${least} of them above 0, got ${got}`,
    );
  }

  /** One epoch of positions. */
  *[Symbol.iterator](): Iterator<number> {
    const random = this.stream();
    if (!this.replacement) {
      yield* this.distinct(random);
      return;
    }
    const sums = Float64Array.from(this.weights);
    for (let i = 1; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + (sums[i - 1] ?? 0);
    const total = sums.at(-1) ?? 0;
    for (let n = 0; n < this.length; n++) yield above(sums, random() * total);
  }

  /** Without replacement: the smallest of exponential waiting times (Efraimidis and Spirakis, 2006). */
  private *distinct(random: () => number): Generator<number> {
    const waits = Array.from(this.weights, (weight, i) => ({ i, wait: -Math.log(1 - random()) / weight }));
    const order = waits.filter(({ i }) => (this.weights[i] ?? 0) > 0).sort((a, b) => a.wait - b.wait);
    for (const { i } of order.slice(0, this.length)) yield i;
  }
}

/** The first place whose sum is above `value`, by halving. */
function above(sums: Float64Array, value: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Lists of positions, one a batch. */
export class BatchSampler extends Sampler<readonly number[]> {
  /** @throws RangeError unless `batchSize` is an integer of 1 or more */
  constructor(
    readonly sampler: Iterable<number> & { readonly length: number },
    readonly batchSize: number,
    readonly dropLast = false,
  ) {
    super();
    count('BatchSampler', batchSize, 'batchSize');
  }

  get length(): number {
    const batches = this.sampler.length / this.batchSize;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  *[Symbol.iterator](): Iterator<readonly number[]> {
    let batch: number[] = [];
    for (const position of this.sampler) {
      if (batch.push(position) < this.batchSize) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0 && !this.dropLast) yield batch;
  }

  override stateDict(): unknown {
    return this.sampler instanceof Sampler ? this.sampler.stateDict() : null;
  }

  override loadStateDict(state: unknown): void {
    if (this.sampler instanceof Sampler) this.sampler.loadStateDict(state);
  }
}

function count(name: string, value: number, what = 'numSamples'): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new RangeError(`Cannot build ${name}: expected an integer ${what} ≥ 1, got ${value}`);
}
