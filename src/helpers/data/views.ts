/** Data sets made of others: some of their samples, all of several, or samples side by side. */
import * as tf from '../../engine/tf';
import { positionOf } from './columns';
import type { Dataset, SampleRandom, Tensors } from './dataset';
import { asDataset, type Samples, samplesOf } from './items';

/** Chosen samples of another data set, in the order of `indices`; negative ones count from its end. */
export class Subset<B extends Tensors = [tf.Tensor, tf.Tensor]> implements Dataset<B> {
  readonly dataset: Dataset<B>;
  readonly indices: Int32Array;

  constructor(dataset: Samples<B>, indices: ArrayLike<number>) {
    this.dataset = asDataset(dataset);
    this.indices = Int32Array.from(indices, (index) => positionOf(index, dataset.length));
  }

  get length(): number {
    return this.indices.length;
  }

  get fixed(): boolean {
    return this.dataset.fixed === true;
  }

  gather(indices: ArrayLike<number>, random?: SampleRandom): B {
    return this.dataset.gather(this.positions(indices), random);
  }

  /** Single samples, where the data set has them. */
  get getItems(): Dataset<B>['getItems'] {
    const { dataset } = this;
    return (
      dataset.getItems && ((indices, random) => dataset.getItems?.(this.positions(indices), random) ?? [])
    );
  }

  private positions(indices: ArrayLike<number>): Int32Array {
    return Int32Array.from(indices, (index) => this.indices[positionOf(index, this.length)] ?? 0);
  }
}

/** Several data sets one after the other, as `torch.utils.data.ConcatDataset`. */
export class ConcatDataset<B extends Tensors = [tf.Tensor, tf.Tensor]> implements Dataset<B> {
  readonly datasets: readonly Dataset<B>[];
  readonly length: number;

  /** @throws RangeError if there is no data set */
  constructor(datasets: readonly Samples<B>[]) {
    this.datasets = datasets.map((dataset) => asDataset(dataset));
    if (datasets.length === 0) {
      throw new RangeError('Cannot build ConcatDataset: expected at least one data set, got none');
    }
    this.length = datasets.reduce((total, { length }) => total + length, 0);
  }

  get fixed(): boolean {
    return this.datasets.every(({ fixed }) => fixed === true);
  }

  gather(indices: ArrayLike<number>, random?: SampleRandom): B {
    const shares = this.shares(indices);
    const parts = shares.map(({ dataset, own }) => dataset.gather(own.map(({ index }) => index), rowsOf(own, random))); // prettier-ignore
    const [only] = parts;
    const rows = shares.flatMap(({ own }) => own.map(({ row }) => row));
    return parts.length === 1 && only !== undefined ? only : (inBatchOrder(parts, rows) as B);
  }

  /** Single samples, where one of the data sets has them. */
  get getItems(): Dataset<B>['getItems'] {
    if (this.datasets.every((dataset) => dataset.getItems === undefined)) return undefined;
    return (indices, random) => {
      const all = new Array<unknown>(indices.length);
      for (const { dataset, own } of this.shares(indices)) {
        const found = samplesOf(dataset, own.map(({ index }) => index), rowsOf(own, random)); // prettier-ignore
        own.forEach(({ row }, i) => (all[row] = found[i]));
      }
      return all;
    };
  }

  /** Which data set gives which rows of a batch. */
  private shares(
    indices: ArrayLike<number>,
  ): { dataset: Dataset<B>; own: { index: number; row: number }[] }[] {
    const positions = Array.from(indices, (index) => positionOf(index, this.length));
    let start = 0;
    return this.datasets.flatMap((dataset) => {
      const own = positions.flatMap((index, row) =>
        index >= start && index < start + dataset.length ? [{ index: index - start, row }] : [],
      );
      start += dataset.length;
      return own.length === 0 ? [] : [{ dataset, own }];
    });
  }
}

/**
 * Samples of several data sets side by side, as `torch.utils.data.StackDataset`: given as a list, a batch is theirs in
 * one list; given by name, an object of them, each as its data set gives it or, of one tensor, that.
 */
export class StackDataset<B = Tensors> implements Dataset<B & Tensors> {
  readonly length: number;
  private readonly listed: boolean;
  private readonly named: readonly (readonly [string, Dataset<Tensors>])[];

  /** @throws RangeError unless there is a data set, and all have the same number of samples */
  constructor(parts: readonly Samples[] | Readonly<Record<string, Samples>>) {
    this.listed = Array.isArray(parts);
    this.named = Object.entries(parts).map(([name, dataset]) => [name, asDataset(dataset)] as const);
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
    return this.joined(([, dataset]) => dataset.gather(indices, random)) as B & Tensors;
  }

  /** Single samples: those of all side by side. */
  getItems(indices: ArrayLike<number>, random?: SampleRandom): unknown[] {
    const samples = new Map(this.named.map(([name, dataset]) => [name, samplesOf(dataset, indices, random)]));
    return Array.from(indices, (_, row) => this.joined(([name]) => samples.get(name)?.[row]));
  }

  private joined(part: (named: readonly [string, Dataset<Tensors>]) => unknown): unknown {
    const each = this.named.map((named) => [named[0], part(named)] as const);
    if (this.listed) return each.flatMap(([, one]) => one);
    return Object.fromEntries(
      each.map(([name, one]) => [name, Array.isArray(one) && one.length === 1 ? (one[0] as unknown) : one]),
    );
  }
}

const rowsOf = (own: readonly { row: number }[], random?: SampleRandom): SampleRandom | undefined =>
  random && ((i) => random(own[i]?.row ?? i));

/** Joins parts of a batch, puts each sample into its row and disposes the parts. */
function inBatchOrder(parts: readonly Tensors[], rows: readonly number[]): unknown {
  const order = new Int32Array(rows.length);
  rows.forEach((row, i) => (order[row] = i));
  const joined = together(parts, order);
  tf.dispose(parts as unknown as tf.TensorContainer);
  return joined;
}

/** Tensors one behind the other, lists and objects of them item by item, texts in a list. */
function together(parts: readonly unknown[], order: Int32Array): unknown {
  const [first] = parts;
  if (first instanceof tf.Tensor) {
    return tf.tidy(() => tf.gather(tf.concat(parts as tf.Tensor[]), tf.tensor1d(order, 'int32')));
  }
  if (Array.isArray(first) && typeof first[0] === 'string') {
    const all = parts.flat();
    return Array.from(order, (i) => all[i]);
  }
  const each = Object.keys(first as object).map((key) => {
    return [key, together(parts.map((part) => (part as Record<string, unknown>)[key]), order)] as const; // prettier-ignore
  });
  return Array.isArray(first) ? each.map(([, one]) => one) : Object.fromEntries(each);
}
