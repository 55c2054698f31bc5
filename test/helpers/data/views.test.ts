import assert from 'node:assert/strict';

import { tensor } from '../../../src/engine/tensor';
import type * as tf from '../../../src/engine/tf';
import * as data from '../../../src/helpers/data';

/** A data set of one's own: single samples of a number and its name. */
const named = (length: number, from = 0) => ({
  length,
  getItem: (i: number) => ({ x: from + i, name: `n${from + i}` }),
});
type Named = { x: tf.Tensor; name: string[] };
const valuesOf = (x: tf.Tensor): number[] => [...x.dataSync()];
const batches = <B>(loader: data.DataLoader<B>): unknown[] =>
  [...loader].map((batch) => {
    const { x, name } = batch as unknown as Named;
    return [valuesOf(x), name];
  });

describe('Data sets made of single samples', () => {
  it('are taken in part, divided and joined', () => {
    const subset = new data.Subset(named(5), [4, -5, 2]);
    assert.deepEqual(batches(new data.DataLoader(subset, { batchSize: 2 })), [[[4, 0], ['n4', 'n0']], [[2], ['n2']]]); // prettier-ignore
    const parts = data.randomSplit(named(5), [0.6, 0.4]);
    assert.deepEqual(
      parts.map(({ length }) => length),
      [3, 2],
    );
    const all = parts.flatMap((part) => batches(new data.DataLoader(part)).map((one) => (one as [number[]])[0][0]!)); // prettier-ignore
    assert.deepEqual(all.sort(), [0, 1, 2, 3, 4]);
    const joined = new data.ConcatDataset([named(2), named(3, 10)]);
    const order = { sampler: [3, 0, 4, 1] };
    assert.deepEqual(batches(new data.DataLoader(joined, { batchSize: 3, ...order })), [[[11, 0, 12], ['n11', 'n0', 'n12']], [[1], ['n1']]]); // prettier-ignore
  });

  it('are joined with arrays, sample by sample', () => {
    const arrays = new data.TensorDataset<[tf.Tensor, tf.Tensor]>(tensor([[1, 2]]), tensor([7]));
    const items = { length: 1, getItem: () => [Float32Array.of(3, 4), 8] };
    const [x, y] = new data.ConcatDataset([arrays, items]).gather([1, 0]);
    assert.deepEqual([x.tolist(), y.tolist()], [[[3, 4], [1, 2]], [8, 7]]); // prettier-ignore
  });

  it('stand side by side, listed or by name, in batches and alone', () => {
    const arrays = new data.TensorDataset<[tf.Tensor]>(tensor([5, 6, 7]));
    const numbers = { length: 3, getItem: (i: number) => i * i };
    const [x, y] = new data.StackDataset<[tf.Tensor, tf.Tensor]>([arrays, numbers]).gather([2, 1]);
    assert.deepEqual([valuesOf(x), valuesOf(y)], [[7, 6], [4, 1]]); // prettier-ignore
    const stacked = new data.StackDataset<{ a: tf.Tensor; b: tf.Tensor }>({ a: arrays, b: numbers });
    const { a, b } = stacked.gather([0, 2]);
    assert.deepEqual([valuesOf(a), valuesOf(b)], [[5, 7], [0, 4]]); // prettier-ignore
    const collateFn = (samples: { a: tf.Tensor; b: number }[]) => samples.map((one) => [one.a.item(), one.b]);
    const [first] = new data.DataLoader<unknown>(stacked, { batchSize: 2, collateFn });
    assert.deepEqual(first, [[5, 0], [6, 1]]); // prettier-ignore
  });

  it('may be a plain list', () => {
    const list = [[1, 2], [3, 4], [5, 6]]; // prettier-ignore
    const [batch] = new data.DataLoader<tf.Tensor[]>(list, { batchSize: 3 });
    assert.deepEqual(batch!.map(valuesOf), [[1, 3, 5], [2, 4, 6]]); // prettier-ignore
    assert.equal(new data.Subset(list, [-1]).length, 1);
  });

  it('are divided by fractions even where there is one sample, as PyTorch does', () => {
    const sizes = (n: number, lengths: number[]) =>
      data.randomSplit(named(n), lengths).map(({ length }) => length);
    assert.deepEqual(sizes(1, [0.5, 0.5]), [1, 0]);
    assert.deepEqual(sizes(5, [1, 0]), [5, 0]);
    assert.deepEqual(sizes(10, [0.33, 0.33, 0.34]), [4, 3, 3]);
  });

  it('that say how many they are give loaders a length, also one after the other', () => {
    class Counted extends data.IterableDataset<number> {
      constructor(readonly length: number) {
        super();
      }

      override *[Symbol.iterator](): Iterator<number> {
        for (let i = 0; i < this.length; i++) yield i;
      }
    }
    assert.equal(new data.DataLoader(new Counted(7), { batchSize: 3 }).length, 3);
    const chain = new data.ChainDataset([new Counted(7), new Counted(1)]);
    assert.equal(new data.DataLoader(chain, { batchSize: 3, dropLast: true }).length, 2);
    assert.equal(new data.DataLoader(new data.ChainDataset([[1, 2], new Set([3])])).length, NaN);
    assert.throws(() => new data.Subset(new Counted(3) as never, [0]), /got an IterableDataset$/);
    assert.throws(() => new data.DataLoader(undefined as never), /or a list of samples, got undefined$/);
  });
});
