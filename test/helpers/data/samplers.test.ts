import assert from 'node:assert/strict';

import { manualSeed, randomState, setRandomState } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { ArrayDataset, TensorDataset } from '../../../src/helpers/data/dataset';
import { ChainDataset, IterableDataset } from '../../../src/helpers/data/items';
import { DataLoader, type DataLoaderOptions } from '../../../src/helpers/data/loader';
import {
  BatchSampler,
  RandomSampler,
  Sampler,
  SequentialSampler,
  SubsetRandomSampler,
  WeightedRandomSampler,
} from '../../../src/helpers/data/samplers';
import { defaultCollate } from '../../../src/helpers/data/tensors';
import { ConcatDataset, StackDataset, Subset } from '../../../src/helpers/data/views';
import { type Refusal, refuses } from '../../support/refusals';

const dataset = new ArrayDataset<[tf.Tensor]>([
  { values: Int32Array.from({ length: 7 }, (_, i) => i), shape: [] },
]);
const sorted = (values: Iterable<number>) => [...values].sort((a, b) => a - b);
const batches = (loader: Iterable<[tf.Tensor]>) => Array.from(loader, ([x]) => [...x.dataSync()]);

describe('samplers', () => {
  beforeEach(() => manualSeed(3));

  it('give positions in order, at random, of a part, and in lists', () => {
    assert.deepEqual([...new SequentialSampler(dataset)], [0, 1, 2, 3, 4, 5, 6]);
    const random = new RandomSampler(dataset);
    const walks = [[...random], [...random]];
    walks.forEach((walk) => assert.deepEqual(sorted(walk), [0, 1, 2, 3, 4, 5, 6]));
    assert.notDeepEqual(walks[0], walks[1]);
    assert.deepEqual(sorted(new SubsetRandomSampler([4, 2, 6])), [2, 4, 6]);
    const lists = (dropLast: boolean) => [...new BatchSampler(new SequentialSampler(dataset), 3, dropLast)];
    assert.deepEqual(lists(false), [[0, 1, 2], [3, 4, 5], [6]]); // prettier-ignore
    assert.deepEqual(lists(true), [[0, 1, 2], [3, 4, 5]]); // prettier-ignore
    assert.equal(new BatchSampler(new SequentialSampler(dataset), 3).length, 3);
  });

  it('draw more than there is: every sample once, then again; with replacement as it comes', () => {
    const twice = [...new RandomSampler(dataset, { numSamples: 10 })];
    assert.deepEqual([sorted(twice.slice(0, 7)), new Set(twice.slice(7)).size], [[0, 1, 2, 3, 4, 5, 6], 3]); // prettier-ignore
    const drawn = [...new RandomSampler(dataset, { replacement: true, numSamples: 700 })];
    assert.equal(drawn.length, 700);
    for (let i = 0; i < 7; i++) assert.ok(Math.abs(drawn.filter((at) => at === i).length - 100) < 40);
  });

  it('draw by weights', () => {
    const drawn = [...new WeightedRandomSampler([1, 0, 3], 4000)];
    const share = (at: number) => drawn.filter((one) => one === at).length / 4000;
    assert.ok(share(1) === 0 && Math.abs(share(2) - 0.75) < 0.03, `${share(2)}`);
    const firsts = Array.from({ length: 2000 }, () => {
      const all = [...new WeightedRandomSampler([1, 0, 3], 2, { replacement: false })];
      assert.deepEqual(sorted(all), [0, 2]);
      return all[0];
    });
    assert.ok(Math.abs(firsts.filter((at) => at === 2).length / 2000 - 0.75) < 0.04);
  });

  it('with a generator of their own do not depend on other random numbers', () => {
    const walks = [1, 2].map((seed) => {
      manualSeed(seed);
      const sampler = new RandomSampler(dataset, { generator: 9 });
      return [[...sampler], [...sampler]];
    });
    assert.deepEqual(walks[0], walks[1]);
    assert.notDeepEqual(walks[0]![0], walks[0]![1]);
  });

  class Odd extends Sampler {
    readonly length = 3;
    *[Symbol.iterator]() { yield* [1, 3, 5]; } // prettier-ignore
  }

  const loaders: Record<string, () => DataLoaderOptions<[tf.Tensor]>> = {
    'one of one’s own': () => ({ batchSize: 2, sampler: new Odd() }),
    'a list': () => ({ batchSize: 2, sampler: [6, -1, 0] }),
    weights: () => ({ batchSize: 2, sampler: new WeightedRandomSampler([1, 2, 3, 4, 5, 6, 7], 9) }),
    'a seeded one': () => ({ batchSize: 2, sampler: new RandomSampler(dataset, { generator: 4 }) }),
    'a batch sampler': () => ({
      batchSampler: new BatchSampler(new RandomSampler(dataset, { generator: 1 }), 3),
    }),
    'lists of lists': () => ({ batchSampler: [[1, 2], [3], [0, 4, 5]] }),
  };
  for (const [name, options] of Object.entries(loaders)) {
    it(`decide what a loader takes, and it goes on in the middle of an epoch: ${name}`, () => {
      const loader = new DataLoader(dataset, options());
      const before = batches(loader); // an epoch before
      assert.equal(before.length, loader.length);
      const seen: number[][] = [];
      let [state, random] = [loader.stateDict(), randomState()];
      for (const [x] of loader) {
        if (seen.push([...x.dataSync()]) === 1) [state, random] = [loader.stateDict(), randomState()];
      }
      const next = batches(loader);
      const resumed = new DataLoader(dataset, options());
      setRandomState(random);
      resumed.loadStateDict(JSON.parse(JSON.stringify(state)) as never);
      assert.deepEqual(batches(resumed), seen.slice(1));
      assert.deepEqual(batches(resumed), next);
    });
  }
});

describe('data sets of single samples', () => {
  const item = { length: 3, getItem: (i: number, random: () => number) => ({ x: [i, i / 2], name: `n${i}`, r: random() }) }; // prettier-ignore

  it('are collated: numbers, lists, strings and objects', () => {
    const loader = new DataLoader<never>(item, { batchSize: 2, seed: 1 });
    const [first, last] = [...loader] as unknown as { x: tf.Tensor[]; name: string[]; r: tf.Tensor }[];
    assert.deepEqual(first!.x.map((t) => [...t.dataSync()]), [[0, 1], [0, 0.5]]); // prettier-ignore
    assert.deepEqual([first!.name, last!.name], [['n0', 'n1'], ['n2']]); // prettier-ignore
    const again = [...new DataLoader<never>(item, { batchSize: 2, seed: 1 })] as unknown as {
      r: tf.Tensor;
    }[];
    assert.deepEqual([...again[0]!.r.dataSync()], [...first!.r.dataSync()]);
  });

  it('default_collate gives what PyTorch gives', () => {
    const collated = defaultCollate([
      [1, true, Float32Array.of(1, 2), tf.tensor1d([1, 2]), { a: 'x', b: [1] }],
      [2.5, false, Float32Array.of(3, 4), tf.tensor1d([3, 4]), { a: 'y', b: [2] }],
    ]) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, { a: string[]; b: tf.Tensor[] }];
    const shown = collated.slice(0, 4).map((t) => [(t as tf.Tensor).dtype, (t as tf.Tensor).arraySync()]);
    assert.deepEqual(shown, [['float32', [1, 2.5]], ['bool', [1, 0]], ['float32', [[1, 2], [3, 4]]], ['float32', [[1, 2], [3, 4]]]]); // prettier-ignore
    assert.deepEqual([collated[4].a, [...collated[4].b[0]!.dataSync()]], [['x', 'y'], [1, 2]]); // prettier-ignore
  });

  class Count extends IterableDataset<number> {
    *[Symbol.iterator]() { yield* [1, 2, 3]; } // prettier-ignore
  }

  it('come one after the other, and chained', () => {
    const loader = new DataLoader<tf.Tensor>(new ChainDataset([new Count(), new Count()]), { batchSize: 4 });
    const seen = () => Array.from(loader, (x) => [...x.dataSync()]);
    assert.deepEqual(seen(), [[1, 2, 3, 1], [2, 3]]); // prettier-ignore
    loader.loadStateDict({ epoch: 0, batch: 1, orderSeed: 0 });
    assert.deepEqual(seen(), [[2, 3]]);
    assert.ok(Number.isNaN(loader.length));
  });

  it('stand side by side', () => {
    const other = new TensorDataset<[tf.Tensor]>(tf.range(0, 7));
    const listed = new StackDataset<[tf.Tensor, tf.Tensor]>([dataset, other]).gather([1, -1]);
    assert.deepEqual(listed.map((t) => [...t.dataSync()]), [[1, 6], [1, 6]]); // prettier-ignore
    const named = new StackDataset<{ a: tf.Tensor }>({ a: dataset }).gather([2]);
    assert.deepEqual([...named.a.dataSync()], [2]);
  });

  it('take negative positions as Python does', () => {
    const [x] = new Subset(dataset, [-1, 0, -7]).gather([-3, 1, -1]);
    assert.deepEqual([...x.dataSync()], [6, 0, 0]);
    const [y] = new ConcatDataset([dataset, new Subset(dataset, [2])]).gather([-1, -2]);
    assert.deepEqual([...y.dataSync()], [2, 6]);
  });
});

describe('samplers and data sets', () => {
  const cannot = 'Cannot build DataLoader: expected';
  const load = (options: object) => () => new DataLoader(dataset, options);
  refuses([
    [
      'RangeError: Cannot build RandomSampler: expected an integer numSamples ≥ 1, got 0',
      () => new RandomSampler(dataset, { numSamples: 0 }),
    ],
    [
      'RangeError: Cannot build BatchSampler: expected an integer batchSize ≥ 1, got 0',
      () => new BatchSampler([1], 0),
    ],
    [
      'RangeError: Cannot build WeightedRandomSampler: expected weights ≥ 0, at least 1 of them above 0, got -1',
      () => new WeightedRandomSampler([1, -1], 1),
    ],
    [
      'RangeError: Cannot build WeightedRandomSampler: expected weights ≥ 0, at least 2 of them above 0, got 1 above 0',
      () => new WeightedRandomSampler([1, 0], 2, { replacement: false }),
    ],
    [`TypeError: ${cannot} sampler without shuffle, got shuffle`, load({ sampler: [1], shuffle: true })],
    [
      `TypeError: ${cannot} batchSampler without batchSize, shuffle, sampler, dropLast, got batchSize`,
      load({ batchSampler: [[1]], batchSize: 2 }),
    ],
    [`RangeError: ${cannot} an integer numWorkers ≥ 0, got -1`, load({ numWorkers: -1 })],
    [`RangeError: ${cannot} an integer prefetchFactor ≥ 1, got 0`, load({ prefetchFactor: 0 })],
    [
      'RangeError: Cannot build StackDataset: expected data sets with the same number of samples, got 7, 2',
      () => new StackDataset([dataset, new Subset(dataset, [0, 1])]),
    ],
    [
      'TypeError: Cannot collate samples: expected a number in every sample, got a string',
      () => defaultCollate([1, 'a']),
    ],
    [
      'TypeError: Cannot collate samples: expected lists of 2 items in every sample, got one of 1',
      () => defaultCollate([[1, 2], [1]]),
    ],
    [
      "TypeError: Cannot collate samples: expected 'b' in every sample, got a",
      () => defaultCollate([{ b: 1 }, { a: 1 }]),
    ],
    [
      'TypeError: Cannot collate samples: expected the shape [2] in every sample, got [1]',
      () => defaultCollate([Float32Array.of(1, 2), Float32Array.of(1)]),
    ],
    [
      'TypeError: Cannot collate samples: expected numbers, strings, booleans, typed arrays, tensors, lists or objects of them, got undefined',
      () => defaultCollate([undefined]),
    ],
  ] as Refusal[]);
});
