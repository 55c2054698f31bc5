import assert from 'node:assert/strict';

import {
  manualSeed,
  normal,
  randomInt,
  randomState,
  setRandomState,
  shuffle,
  truncatedNormal,
  uniform,
} from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';

function moments(values: ArrayLike<number>): { mean: number; std: number } {
  const numbers = Array.from(values);
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length;
  return { mean, std: Math.sqrt(variance) };
}

describe('random', () => {
  beforeEach(() => manualSeed(1));

  it('uniform() fills its range evenly', () => {
    const values = uniform([10000], -2, 4).dataSync();
    const { mean, std } = moments(values);
    assert.ok(Math.abs(mean - 1) < 0.06 && Math.abs(std - 6 / Math.sqrt(12)) < 0.05);
    assert.ok(values.every((x) => x >= -2 && x < 4));
  });

  it('normal() has its mean and standard deviation', () => {
    const { mean, std } = moments(normal([10000], 3, 0.5).dataSync());
    assert.ok(Math.abs(mean - 3) < 0.02 && Math.abs(std - 0.5) < 0.02);
  });

  it('truncatedNormal() stays within two standard deviations', () => {
    const values = truncatedNormal([10000], 0, 0.1).dataSync();
    assert.ok(values.every((x) => Math.abs(x) <= 0.2001));
    assert.ok(Math.abs(moments(values).std - 0.088) < 0.003);
  });

  it('draws other numbers at each call and the same ones after the same seed', () => {
    const [a, b] = [uniform([4]).arraySync(), uniform([4]).arraySync()];
    manualSeed(1);
    assert.deepEqual(uniform([4]).arraySync(), a);
    assert.notDeepEqual(a, b);
  });

  it('continues from a saved state, tensors and JavaScript numbers alike', () => {
    uniform([3]).dispose();
    const state = JSON.parse(JSON.stringify(randomState())) as ReturnType<typeof randomState>;
    const expected = [uniform([3]).arraySync(), shuffle([1, 2, 3, 4, 5, 6])];
    setRandomState(state);
    assert.deepEqual([uniform([3]).arraySync(), shuffle([1, 2, 3, 4, 5, 6])], expected);
  });

  it('shuffle() keeps every item and leaves its input alone', () => {
    const items = Array.from({ length: 100 }, (_, i) => i);
    const shuffled = shuffle(items);
    assert.notDeepEqual(shuffled, items);
    assert.deepEqual(
      [...shuffled].sort((a, b) => a - b),
      items,
    );
  });

  it('randomInt() reaches every number below its bound, evenly', () => {
    const counts = [0, 0, 0];
    for (let i = 0; i < 3000; i++) counts[randomInt(3)]! += 1;
    assert.ok(counts.every((count) => Math.abs(count - 1000) < 120));
  });

  it('leaves no tensor behind but its result', () => {
    const before = tf.memory().numTensors;
    normal([3]).dispose();
    assert.equal(tf.memory().numTensors, before);
  });

  it('refuses seeds outside its range', () => {
    assert.throws(
      () => manualSeed(-1),
      /^RangeError: Cannot seed: expected an integer from 0 to 2147483647, got -1$/,
    );
    assert.throws(() => randomInt(0), RangeError);
  });
});
