/** Data sets that give one sample at a time, and those that only give one after the other. */
import { random as sharedRandom } from '../../engine/random';
import * as tf from '../../engine/tf';
import { positionOf } from './columns';
import type { Dataset, SampleRandom, Tensors } from './dataset';
import { defaultCollate } from './tensors';

/** A data set of single samples, as PyTorch's `__len__` and `__getitem__`. */
export interface ItemDataset<T = unknown> {
  readonly length: number;
  /**
   * One sample: numbers, typed arrays (with a shape: `{ values, shape }`), strings, or lists and objects of them. It
   * may hold tensors, too, but not in a worker thread.
   * @param random numbers in [0, 1) for this sample, the same with and without worker threads
   */
  getItem(index: number, random: () => number): T;
}

/** Samples one after the other, as many as there are: each loop begins anew. */
export abstract class IterableDataset<T = unknown> implements Iterable<T> {
  /** One walk over all samples. */
  abstract [Symbol.iterator](): Iterator<T>;
}

/** Several of them one after the other, as `torch.utils.data.ChainDataset`. */
export class ChainDataset<T = unknown> extends IterableDataset<T> {
  constructor(readonly datasets: Iterable<Iterable<T>>) {
    super();
  }

  /** Samples of all together; NaN where one does not say how many it has. */
  get length(): number {
    return [...this.datasets].reduce((total, dataset) => total + lengthOf(dataset), 0);
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const dataset of this.datasets) yield* dataset;
  }
}

/** How many samples a data set has; NaN where it does not say. */
export const lengthOf = (dataset: object): number =>
  'length' in dataset && typeof dataset.length === 'number' ? dataset.length : NaN;

/** Whether a data set gives single samples alone. */
const isItemDataset = (dataset: object): dataset is ItemDataset =>
  'getItem' in dataset && typeof dataset.getItem === 'function';

/** Single samples as batches: what a loader, a subset or a split works with. */
export class ItemBatches<B extends Tensors> implements Dataset<B> {
  constructor(readonly source: ItemDataset) {}

  get length(): number {
    return this.source.length;
  }

  getItems(indices: ArrayLike<number>, random?: SampleRandom): unknown[] {
    return Array.from(indices, (index, row) =>
      this.source.getItem(positionOf(index, this.length), random?.(row) ?? sharedRandom),
    );
  }

  gather(indices: ArrayLike<number>, random?: SampleRandom): B {
    return defaultCollate(this.getItems(indices, random)) as B;
  }
}

/** What samples can be taken of: a data set of batches or of single samples, or a plain list. */
export type Samples<B extends Tensors = Tensors> = Dataset<B> | ItemDataset | readonly unknown[];

/**
 * A data set as batches, whichever kind it is.
 * @throws TypeError for what is no data set
 */
export function asDataset<B extends Tensors>(samples: Samples<B>): Dataset<B> {
  const given: unknown = samples;
  if (Array.isArray(given)) return new ItemBatches<B>({ length: given.length, getItem: (i) => given[i] as unknown }); // prettier-ignore
  if (typeof given === 'object' && given !== null) {
    if ('gather' in given) return given as Dataset<B>;
    if (isItemDataset(given)) return new ItemBatches<B>(given);
  }
  const got =
    given instanceof IterableDataset ? 'an IterableDataset' : given === undefined ? 'undefined' : 'neither';
  throw new TypeError(
    'Cannot read data set: expected length and gather(indices), length and getItem(index), or a list of samples, ' +
      `got ${got}`,
  );
}

/** Single samples, taken out of batches of one where the data set gives batches alone. */
export function samplesOf(
  dataset: Dataset<Tensors>,
  indices: ArrayLike<number>,
  random?: SampleRandom,
): unknown[] {
  if (dataset.getItems) return dataset.getItems(indices, random);
  return Array.from(indices, (index, row) => {
    const batch = dataset.gather([index], random && (() => random(row)));
    return batch.map((tensor) => tf.squeeze(tensor, [0]));
  });
}
