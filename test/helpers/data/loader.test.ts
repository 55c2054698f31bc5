import assert from 'node:assert/strict';

import { manualSeed, randomState, setRandomState } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { ArrayDataset } from '../../../src/helpers/data/dataset';
import { DataLoader } from '../../../src/helpers/data/loader';
import { tensorsLeft } from '../../support/memory';

const dataset = new ArrayDataset<[tf.Tensor1D]>([
  { values: Int32Array.from({ length: 10 }, (_, i) => i), shape: [] },
]);

const epoch = (loader: DataLoader<[tf.Tensor1D]>): number[][] => {
  const batches: number[][] = [];
  for (const [x] of loader) batches.push(x.arraySync() as number[]);
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
      if (seen.push(x.arraySync() as number[]) === 2) state = loader.stateDict();
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

  it('leaves a batch that somebody holds alone, and keeps none that nobody does', async () => {
    const loader = new DataLoader(dataset, { batchSize: 4 });
    const before = await tensorsLeft();
    const all = [...loader].map(([x]) => x);
    const breakOff = () => {
      for (const [x] of loader) if (x.size === 4) return;
    };
    breakOff();
    await tensorsLeft();
    assert.deepEqual(
      all.flatMap((x) => [...x.dataSync()]),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
    all.length = 0;
    assert.ok((await tensorsLeft(before)) <= before);
  });

  it('first() gives a batch that is the caller’s', () => {
    const [x] = new DataLoader(dataset, { batchSize: 4 }).first();
    assert.deepEqual(x.arraySync(), [0, 1, 2, 3]);
    x.dispose();
  });

  it('hands out one sample at a time, in order and to the last, unless told otherwise', () => {
    assert.deepEqual(
      epoch(new DataLoader(dataset)),
      Array.from({ length: 10 }, (_, i) => [i]),
    );
    const even = new DataLoader(dataset, { batchSize: 5, dropLast: true });
    assert.deepEqual([even.length, epoch(even).length], [2, 2]);
  });

  it('counts epochs, and batches within one', () => {
    const loader = new DataLoader(dataset, { batchSize: 4 });
    const places: unknown[] = [];
    const note = () => {
      const { epoch, batch } = loader.stateDict();
      places.push([epoch, batch]);
    };
    note();
    for (const [x] of loader) {
      note();
      x.dispose();
    }
    note();
    for (const [x] of loader) {
      note();
      x.dispose();
      break;
    }
    note();
    assert.deepEqual(places, [[0, 0], [0, 1], [0, 2], [0, 3], [1, 0], [1, 1], [2, 0]]); // prettier-ignore
    const state = loader.stateDict();
    Object.assign(state, { epoch: 7 });
    assert.equal(loader.stateDict().epoch, 2); // a copy
  });

  it('goes on after its last batch with the next epoch', () => {
    const options = { batchSize: 4, shuffle: true, seed: 3 };
    const [loader, resumed] = [new DataLoader(dataset, options), new DataLoader(dataset, options)];
    epoch(loader);
    resumed.loadStateDict({ epoch: 0, batch: 3, orderSeed: 0 });
    assert.deepEqual(epoch(resumed), []);
    assert.deepEqual(epoch(resumed), epoch(loader));
    resumed.loadStateDict({ epoch: 0, batch: 0, orderSeed: 0 });
    assert.deepEqual(epoch(resumed), epoch(new DataLoader(dataset, options)));
  });

  it('has another order with another seed, and first() gives the first batch of the epoch to come', () => {
    const orders = [1, 2].map((seed) => {
      const loader = new DataLoader(dataset, { batchSize: 10, shuffle: true, seed });
      const [first] = loader.first();
      const [order] = epoch(loader);
      assert.deepEqual(first.arraySync(), order);
      return order;
    });
    assert.notDeepEqual(orders[0], orders[1]);
  });
});

describe('loops over one loader', () => {
  const six = new ArrayDataset<[tf.Tensor1D]>([{ values: Int32Array.of(0, 1, 2, 3, 4, 5), shape: [] }]);
  const flat = (loader: DataLoader<[tf.Tensor1D]>) => epoch(loader).flat();
  const make = (options: object = {}) => new DataLoader(six, { batchSize: 2, ...options });
  const all = [0, 1, 2, 3, 4, 5];

  it('do not begin where an iterator was left', () => {
    const loader = make();
    const left = loader[Symbol.iterator]();
    left.next();
    assert.deepEqual(flat(loader), all);
    assert.deepEqual(left.next().value?.[0].arraySync(), [2, 3]);
    assert.deepEqual(flat(loader), all);
  });

  for (const [name, inner] of Object.entries<(loader: DataLoader<[tf.Tensor1D]>) => void>({
    'to its end': (loader) => void flat(loader),
    'broken off': (loader) => { for (const [x] of loader) if (x.size > 0) break; }, // prettier-ignore
    'left by an error': (loader) => {
      assert.throws(() => { for (const [x] of loader) assert.fail(String(x)); }); // prettier-ignore
    },
    'one batch taken': (loader) => void loader[Symbol.iterator]().next(),
    'returned at once': (loader) => void loader[Symbol.iterator]().return(),
    'thrown into': (loader) => {
      const loop = loader[Symbol.iterator]();
      loop.next();
      assert.throws(() => loop.throw(new Error('mine')), /mine/);
    },
    'another within': (loader) => { for (const [x] of loader) assert.deepEqual([x.size, flat(loader)], [2, all]); }, // prettier-ignore
    'first()': (loader) => void loader.first(),
  })) {
    it(`have places of their own: one within another, ${name}`, () => {
      const loader = make();
      const seen: number[] = [];
      for (const [x] of loader) {
        seen.push(...(x.arraySync() as number[]));
        inner(loader);
      }
      assert.deepEqual(seen, all);
      assert.deepEqual(flat(loader), all);
    });
  }

  it('take every sample once, in orders of their own, where they are shuffled', () => {
    const loader = make({ shuffle: true, seed: 1 });
    const [outer, inner]: [number[], number[]] = [[], []];
    for (const [x] of loader) {
      outer.push(...(x.arraySync() as number[]));
      if (inner.length === 0) inner.push(...flat(loader));
    }
    for (const order of [outer, inner]) assert.deepEqual([...order].sort(), all);
    assert.notDeepEqual(outer, inner);
  });

  it('are resumed to the bit, with others within before and after', () => {
    for (const seed of [undefined, 4]) {
      manualSeed(2);
      const loader = make({ shuffle: true, ...(seed !== undefined && { seed }) });
      const seen: number[][] = [];
      let saved: { loader: unknown; random: ReturnType<typeof randomState> } | undefined;
      for (const [x] of loader) {
        flat(loader);
        if (seen.push(x.arraySync() as number[]) === 2) {
          saved = { loader: loader.stateDict(), random: randomState() };
        }
      }
      const next = flat(loader);
      const resumed = make({ shuffle: true, ...(seed !== undefined && { seed }) });
      setRandomState(saved!.random);
      resumed.loadStateDict(JSON.parse(JSON.stringify(saved!.loader)) as never);
      const rest: number[][] = [];
      for (const [x] of resumed) {
        rest.push(x.arraySync() as number[]);
        flat(resumed);
      }
      assert.deepEqual(rest, seen.slice(2));
      assert.deepEqual(flat(resumed), next);
    }
  });

  it('say by their iterators where they stand', () => {
    const loader = make();
    const [a, b] = [loader[Symbol.iterator](), loader[Symbol.iterator]()];
    [a, b, b].forEach((loop) => loop.next());
    const batches = [a, b, loader].map((one) => one.stateDict().batch);
    assert.deepEqual(batches, [1, 2, 2]);
    b.return();
    assert.deepEqual([b, loader].map((one) => one.stateDict().batch), [0, 1]); // prettier-ignore
  });
});
