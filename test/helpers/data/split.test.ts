import assert from 'node:assert/strict';

import type * as tf from '../../../src/engine/tf';
import { ArrayDataset } from '../../../src/helpers/data/dataset';
import { permutation, seededRandom } from '../../../src/helpers/data/permutation';
import { classWeights, randomSplit, stratifiedSplit } from '../../../src/helpers/data/split';
import { assertClose } from '../../support/close';

const numbers = (length: number) => Int32Array.from({ length }, (_, i) => i);
const sorted = (values: Iterable<number>) => [...values].sort((a, b) => a - b);

describe('permutation()', () => {
  it('holds every number once and depends on the seed alone', () => {
    const order = permutation(100, seededRandom(3));
    assert.deepEqual(sorted(order), [...numbers(100)]);
    assert.deepEqual(order, permutation(100, seededRandom(3)));
    assert.notDeepEqual(order, permutation(100, seededRandom(4)));
  });

  it('gives each order of three equally often', () => {
    const counts = new Map<string, number>();
    const random = seededRandom(0);
    for (let i = 0; i < 6000; i++) {
      const key = permutation(3, random).join('');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    assert.equal(counts.size, 6);
    for (const count of counts.values()) assert.ok(Math.abs(count - 1000) < 120, `${count} of 1000`);
  });
});

describe('randomSplit()', () => {
  it('gives a tuple: parts that are taken apart are there', () => {
    const dataset = new ArrayDataset([{ values: new Float32Array(10), shape: [] }]);
    const [train, valid] = randomSplit(dataset, [0.8, 0.2]);
    assert.deepEqual([train.length, valid.length], [8, 2]);
    const lengths: readonly number[] = [4, 6];
    const parts: { length: number }[] = randomSplit(dataset, lengths);
    assert.deepEqual(
      parts.map(({ length }) => length),
      lengths,
    );
  });

  const dataset = new ArrayDataset<[tf.Tensor]>([{ values: numbers(11), shape: [] }]);

  it('gives parts without overlap, by fractions or by lengths', () => {
    for (const lengths of [
      [0.7, 0.2, 0.1],
      [8, 2, 1],
    ]) {
      const parts = randomSplit(dataset, lengths);
      assert.deepEqual(
        parts.map(({ length }) => length),
        [8, 2, 1],
      );
      assert.deepEqual(sorted(parts.flatMap(({ indices }) => [...indices])), [...numbers(11)]);
    }
  });

  it('repeats with the same seed', () => {
    const [first, again, other] = [1, 1, 2].map((seed) => randomSplit(dataset, [5, 6], { seed })[0].indices);
    assert.deepEqual(first, again);
    assert.notDeepEqual(first, other);
  });

  it('rounds down and gives what is left over round from the first part on, as PyTorch', () => {
    const sizes = (lengths: number[]) => randomSplit(dataset, lengths).map(({ length }) => length);
    assert.deepEqual(sizes([0.5, 0.5]), [6, 5]);
    assert.deepEqual(sizes([0.3, 0.35, 0.35]), [4, 4, 3]); // 3.3, 3.85, 3.85
    assert.deepEqual(sizes([1 / 3, 1 / 3, 1 / 3]), [4, 4, 3]);
    assert.deepEqual(sizes([0, 11]), [0, 11]);
    assert.deepEqual(sizes([0, 1]), [0, 11]);
    assert.deepEqual(sizes([0.1, 0.2, 0.7]), [2, 2, 7]); // 0.1 + 0.2 + 0.7 is not quite 1
    const one = new ArrayDataset<[tf.Tensor]>([{ values: numbers(1), shape: [] }]);
    assert.deepEqual(
      randomSplit(one, [0, 1]).map(({ length }) => length),
      [0, 1],
    );
  });
});

describe('stratifiedSplit()', () => {
  const labels = Int32Array.from({ length: 100 }, (_, i) => (i < 70 ? 0 : i < 95 ? 1 : 2));

  it('keeps the proportion of every class in both parts', () => {
    const [train, test] = stratifiedSplit(labels, 0.2);
    assert.deepEqual(sorted([...train, ...test]), [...numbers(100)]);
    const count = (part: Int32Array) =>
      [0, 1, 2].map((label) => part.filter((i) => labels[i] === label).length);
    assert.deepEqual(count(test), [14, 5, 1]);
    assert.deepEqual(count(train), [56, 20, 4]);
  });

  it('splits classes of any size', () => {
    const [train, test] = stratifiedSplit(new Int32Array(300_000), 0.5);
    assert.deepEqual([train.length, test.length], [150_000, 150_000]);
  });

  it('shuffles the classes among each other', () => {
    const [train] = stratifiedSplit(labels, 0.2);
    assert.notDeepEqual(
      [...train].map((i) => labels[i]),
      sorted([...train].map((i) => labels[i]!)),
    );
  });

  it('shuffles both parts by the seed alone', () => {
    const split = (seed: number) => stratifiedSplit(labels, 0.5, { seed });
    const [first, second] = split(1);
    assert.deepEqual(split(1), [first, second]);
    for (const [part, other] of [
      [first, split(2)[0]],
      [second, split(2)[1]],
    ] as const) {
      // prettier-ignore
      assert.notDeepEqual(part, other);
      assert.notDeepEqual(
        [...part].map((i) => labels[i]),
        sorted([...part].map((i) => labels[i]!)),
      );
    }
    assert.deepEqual(stratifiedSplit(labels, 0.5), split(0));
  });
});

describe('classWeights()', () => {
  it('weighs each class inversely to its samples, 1 on average over the samples', () => {
    const labels = [0, 0, 0, 1];
    assertClose(classWeights(labels), [4 / 6, 2]);
    assert.deepEqual([...classWeights(labels, 3)].at(2), 0);
  });
});
