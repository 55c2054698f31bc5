/** What a step is fed in each epoch: the loader's batches, or positions in a data set that lives on the device. */
import * as tf from '../../engine/tf';
import type { Tensors } from '../data/dataset';
import { DataLoader } from '../data/loader';
import { Resident, residentObstacle, spaceObstacle } from '../data/resident';
import type { Batch, Batches, StepFunction } from './batches';

/** Whether the data live on the device: where that helps and fits, always, or never. */
export type ResidentOption = 'auto' | boolean;

export interface Feed extends Iterable<Batch> {
  /** Whether the batches are positions in a data set on the device. */
  readonly resident: boolean;
  /** `step`, which takes the samples of a batch, as a function of what this feed hands out. */
  fed(step: StepFunction): StepFunction;
  /** The samples of a batch of this feed; the caller's to dispose where `resident`. */
  samples(batch: Batch): Batch;
  dispose(): void;
}

/** Batches as they come. */
export const plainFeed = (batches: Batches): Feed => ({
  resident: false,
  [Symbol.iterator]: () => batches[Symbol.iterator](),
  fed: (step) => step,
  samples: (batch) => batch,
  dispose: () => undefined,
});

function* positionBatches(loader: DataLoader<Tensors>): Generator<Batch, void, undefined> {
  for (const positions of loader.positions()) {
    const tensor = tf.tensor1d(positions, 'int32');
    try {
      yield [tensor];
    } finally {
      tensor.dispose();
    }
  }
}

function residentFeed(loader: DataLoader<Tensors>): Feed {
  const resident = new Resident(loader.dataset);
  const samples = ([positions]: Batch): tf.Tensor[] => resident.gather(positions as tf.Tensor1D);
  return {
    resident: true,
    [Symbol.iterator]: () => positionBatches(loader),
    fed: (step) => (positions) => step(...samples([positions])),
    samples,
    dispose: () => resident.dispose(),
  };
}

/** A `DataLoader` that is walked in the usual way. */
function asLoader(batches: Batches): DataLoader<Tensors> | undefined {
  const usual = batches[Symbol.iterator] === DataLoader.prototype[Symbol.iterator];
  return usual ? (batches as unknown as DataLoader<Tensors>) : undefined;
}

function obstacleOf(batches: Batches): string | undefined {
  const loader = asLoader(batches);
  return loader ? residentObstacle(loader.dataset) : 'a DataLoader, got other batches';
}

/**
 * Chooses the feed. `'auto'` moves a data set to a GPU where that is possible and it takes a small share of the free
 * memory, and otherwise does without a word what has always been done.
 * @param name for the error message
 * @throws RangeError saying why, where `true` was asked for and is not possible
 */
export function feedOf(
  batches: Batches,
  asked: ResidentOption,
  compiled: boolean,
  name = 'the batches',
): Feed {
  if (asked === false || (asked === 'auto' && (tf.device.kind !== 'gpu' || !compiled))) {
    return plainFeed(batches);
  }
  const obstacle = obstacleOf(batches);
  if (asked === true && obstacle !== undefined) {
    throw new RangeError(`Cannot keep ${name} on the device: expected ${obstacle}`);
  }
  const loader = asLoader(batches);
  if (!loader || obstacle !== undefined) return plainFeed(batches);
  if (asked === 'auto' && spaceObstacle(loader.dataset) !== undefined) return plainFeed(batches);
  return residentFeed(loader);
}
