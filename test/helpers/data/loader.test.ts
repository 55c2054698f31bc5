import assert from 'node:assert/strict';

import { manualSeed, randomState, setRandomState } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { ArrayDataset } from '../../../src/helpers/data/dataset';
import { DataLoader } from '../../../src/helpers/data/loader';

const dataset = new ArrayDataset<[tf.Tensor1D]>([
  { values: Int32Array.from({ length: 10 }, (_, i) => i), shape: [] },
]);

const epoch = (loader: DataLoader<[tf.Tensor1D]>): number[][] => {
  const batches: number[][] = [];
  for (const [x] of loader) batches.push(x.arraySync());
  return batches;
};

describe('DataLoader', () => {
  it('hands out every sample once, in order, the last batch smaller', () => {
    const loader = new DataLoader(dataset, { batchSize: 4 });
    assert.equal(loader.length, 3);
    assert.deepEqual(epoch(loader), [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
  });

  it('leaves a smaller last batch out with dropLast', () => {
    const loader = new DataLoader(dataset, { batchSize: 4, dropLast: true });
    assert.equal(loader.length, 2);
    assert.deepEqual(
      epoch(loader).map(({ length }) => length),
      [4, 4],
    );
  });

  it('shuffles anew in each epoch, every sample once', () => {
    manualSeed(1);
    const loader = new DataLoader(dataset, { batchSize: 10, shuffle: true });
    const [first, second] = [epoch(loader)[0]!, epoch(loader)[0]!];
    assert.notDeepEqual(first, second);
    for (const order of [first, second])
      assert.deepEqual(
        [...order].sort((a, b) => a - b),
        epoch(new DataLoader(dataset, { batchSize: 10 }))[0],
      );
  });

  it('repeats its epochs after manualSeed() and after setRandomState()', () => {
    const loader = new DataLoader(dataset, { batchSize: 3, shuffle: true });
    manualSeed(7);
    const first = epoch(loader);
    const state = randomState();
    const second = epoch(loader);
    manualSeed(7);
    assert.deepEqual(epoch(loader), first);
    setRandomState(state);
    assert.deepEqual(epoch(loader), second);
  });

  it('with a seed of its own does not depend on other random numbers', () => {
    const orders = [1, 2].map((seed) => {
      manualSeed(seed);
      const loader = new DataLoader(dataset, { batchSize: 3, shuffle: true, seed: 5 });
      return [epoch(loader), epoch(loader)];
    });
    assert.deepEqual(orders[0], orders[1]);
    assert.notDeepEqual(orders[0]![0], orders[0]![1]);
  });

  it('continues in the middle of an epoch where another loader stood', () => {
    const options = { batchSize: 2, shuffle: true };
    const loader = new DataLoader(dataset, options);
    const seen: number[][] = [];
    let state = loader.stateDict();
    for (const [x] of loader) {
      if (seen.push(x.arraySync()) === 2) state = loader.stateDict();
    }
    const resumed = new DataLoader(dataset, options);
    resumed.loadStateDict(JSON.parse(JSON.stringify(state)) as typeof state);
    assert.deepEqual(epoch(resumed), seen.slice(2));
    assert.deepEqual(resumed.stateDict(), loader.stateDict());
  });

  it('begins a new epoch after a break', () => {
    const loader = new DataLoader(dataset, { batchSize: 4 });
    for (const [x] of loader) {
      assert.deepEqual(x.arraySync(), [0, 1, 2, 3]);
      break;
    }
    assert.equal(epoch(loader).length, 3);
  });

  it('keeps one batch alive at a time and none after the end, a break or an error', () => {
    const before = tf.memory().numTensors;
    const loader = new DataLoader(dataset, { batchSize: 4 });
    for (const [x] of loader) assert.ok(tf.memory().numTensors === before + 1 && !x.isDisposed);
    for (const [x] of loader) if (!x.isDisposed) break;
    assert.throws(() => {
      for (const [x] of loader) throw new Error(`from the loop: ${x.size}`);
    }, /from the loop/);
    assert.equal(tf.memory().numTensors, before);
  });

  it('first() gives a batch that is the caller’s', () => {
    const [x] = new DataLoader(dataset, { batchSize: 4 }).first();
    assert.deepEqual(x.arraySync(), [0, 1, 2, 3]);
    x.dispose();
  });

  it('refuses a batch size that is not a positive integer and a state that is not its own', () => {
    assert.throws(
      () => new DataLoader(dataset, { batchSize: 0 }),
      /^RangeError: Cannot build DataLoader: .* got 0$/,
    );
    const loader = new DataLoader(dataset, { batchSize: 4 });
    assert.throws(
      () => loader.loadStateDict({ epoch: 0, batch: 9, orderSeed: 0 }),
      /expected a batch in 0 … 3, got 9/,
    );
  });
});
