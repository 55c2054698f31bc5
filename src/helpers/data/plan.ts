/** What a DataLoader is told, checked. */
import { Sampler } from './samplers';

/** The options that decide how it goes. */
export interface Plan {
  readonly batchSize: number;
  readonly numWorkers: number;
  /** Whoever gives positions, if it is a sampler of ours or of the user's. */
  readonly sampler: Sampler<unknown> | { stateDict(): null } | undefined;
}

interface Given {
  readonly batchSize?: number;
  readonly shuffle?: boolean;
  readonly dropLast?: boolean;
  readonly sampler?: Iterable<number>;
  readonly batchSampler?: Iterable<ArrayLike<number>>;
  readonly numWorkers?: number;
  readonly prefetchFactor?: number;
}

const cannot = (expected: string, got: string) => `Cannot build DataLoader: expected ${expected}, got ${got}`;

/** @throws RangeError for a number out of range, TypeError for options that exclude each other */
export function planOf(given: Given, streamed: boolean): Plan {
  const { batchSize = 1, numWorkers = 0, prefetchFactor = 2, sampler, batchSampler } = given;
  whole('batchSize', batchSize, 1);
  whole('numWorkers', numWorkers, 0);
  whole('prefetchFactor', prefetchFactor, 1);
  if (batchSampler) exclude('batchSampler', given, ['batchSize', 'shuffle', 'sampler', 'dropLast']);
  if (sampler) exclude('sampler', given, ['shuffle']);
  if (streamed) {
    exclude('an IterableDataset', given, ['shuffle', 'sampler', 'batchSampler']);
    if (numWorkers > 0)
      throw new TypeError(cannot('no numWorkers with an IterableDataset', String(numWorkers)));
  }
  const asked = batchSampler ?? sampler;
  return {
    batchSize,
    numWorkers,
    sampler: asked && (asked instanceof Sampler ? asked : { stateDict: () => null }),
  };
}

function whole(option: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new RangeError(cannot(`an integer ${option} ≥ ${least}`, String(value)));
}

function exclude(what: string, given: Given, options: readonly (keyof Given)[]): void {
  const also = options.filter((option) => given[option] !== undefined && given[option] !== false);
  if (also.length > 0) throw new TypeError(cannot(`${what} without ${options.join(', ')}`, also.join(', ')));
}
