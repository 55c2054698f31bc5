/** Data sets that give one sample at a time, and those that only give one after the other. */
import { random as sharedRandom } from '../../engine/random';
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

  *[Symbol.iterator](): Iterator<T> {
    for (const dataset of this.datasets) yield* dataset;
  }
}

/** Whether a data set gives single samples alone. */
export const isItemDataset = (dataset: object): dataset is ItemDataset =>
  !('gather' in dataset) && 'getItem' in dataset && typeof dataset.getItem === 'function';

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

/**
 * A data set as batches, whichever kind it is.
 * @throws TypeError for what is no data set
 */
export function asDataset<B extends Tensors>(dataset: Dataset<B> | ItemDataset): Dataset<B> {
  if ('gather' in dataset) return dataset;
  if (isItemDataset(dataset)) return new ItemBatches<B>(dataset);
  throw new TypeError(
    'Cannot read data set: expected length and gather(indices), or length and getItem(index), got neither',
  );
}

/**
 * Samples of several data sets side by side, as `torch.utils.data.StackDataset`: given as a list, a batch is theirs in
 * one list; given by name, an object of them, each as its data set gives it or, of one tensor, that.
 */
export class StackDataset<B = Tensors> implements Dataset<B & Tensors> {
  readonly length: number;
  private readonly named: readonly (readonly [string, Dataset<Tensors>])[];

  /** @throws RangeError unless there is a data set, and all have the same number of samples */
  constructor(
    private readonly parts: readonly Dataset<Tensors>[] | Readonly<Record<string, Dataset<Tensors>>>,
  ) {
    this.named = Object.entries(parts);
    const lengths = this.named.map(([, { length }]) => length);
    if (lengths.length === 0 || lengths.some((length) => length !== lengths[0])) {
      const got = lengths.length === 0 ? 'none' : lengths.join(', ');
      throw new RangeError(
        `Cannot build StackDataset: expected data sets with the same number of samples, got ${got}`,
      );
    }
    this.length = lengths[0] ?? 0;
  }

  get fixed(): boolean {
    return this.named.every(([, { fixed }]) => fixed === true);
  }

  gather(indices: ArrayLike<number>, random?: SampleRandom): B & Tensors {
    const batches = this.named.map(([name, dataset]) => [name, dataset.gather(indices, random)] as const);
    if (Array.isArray(this.parts))
      return batches.flatMap(([, batch]) => [...batch]) as unknown as B & Tensors;
    const each = batches.map(([name, batch]) => [name, batch.length === 1 ? batch[0] : batch]);
    return Object.fromEntries(each) as B & Tensors;
  }
}
