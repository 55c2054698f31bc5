import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { ArrayDataset, ConcatDataset, Subset, TensorDataset } from '../../../src/helpers/data/dataset';

/** Samples 0, 1, 2, …: input [i, −i], label 10 i. */
function counting(length: number, start = 0): ArrayDataset {
  const numbers = Array.from({ length }, (_, i) => start + i);
  return new ArrayDataset([
    { values: Float32Array.from(numbers.flatMap((i) => [i, -i])), shape: [2] },
    { values: Int32Array.from(numbers, (i) => 10 * i), shape: [] },
  ]);
}

function values([x, y]: readonly tf.Tensor[]): unknown[] {
  const read = [x!.arraySync(), y!.arraySync()];
  tf.dispose([x!, y!]);
  return read;
}

describe('ArrayDataset', () => {
  it('gathers the samples asked for, in that order, repeats included', () => {
    const batch = counting(5).gather([3, 0, 3]);
    assert.deepEqual(
      batch.map(({ shape, dtype }) => [shape, dtype]),
      [
        [[3, 2], 'float32'],
        [[3], 'int32'],
      ],
    );
    assert.deepEqual(values(batch), [
      [
        [3, -3],
        [0, -0],
        [3, -3],
      ],
      [30, 0, 30],
    ]);
  });

  it('reads bytes through a table', () => {
    const table = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);
    const images = new ArrayDataset<[tf.Tensor]>([
      { values: Uint8Array.of(0, 51, 255, 102), shape: [2], table },
    ]);
    const [x] = images.gather([1]);
    assert.deepEqual([...x.dataSync()], [1, Math.fround(0.4)]);
    x.dispose();
  });

  it('refuses columns of different lengths', () => {
    const columns = [
      { values: new Float32Array(6), shape: [2] },
      { values: new Int32Array(4), shape: [] },
    ];
    assert.throws(() => new ArrayDataset(columns), /^RangeError: Cannot build data set: .* got 3, 4$/);
  });

  it('refuses a position that is not there', () => {
    assert.throws(() => counting(5).gather([5]), /expected positions in 0 … 4, got 5/);
    assert.throws(() => counting(5).gather([-1]), RangeError);
  });
});

describe('TensorDataset', () => {
  it('gathers rows of its tensors and leaves the tensors alone', () => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
    const y = tf.tensor1d([7, 8, 9], 'int32');
    const dataset = new TensorDataset(x, y);
    tf.dispose([x, y]);
    assert.equal(dataset.length, 3);
    assert.deepEqual(values(dataset.gather([2, 0])), [
      [
        [5, 6],
        [1, 2],
      ],
      [9, 7],
    ]);
  });

  it('refuses a scalar', () => {
    assert.throws(
      () => new TensorDataset(tf.scalar(1), tf.scalar(2)),
      /^TypeError: .*got float32 of shape \[\]$/,
    );
  });
});

describe('Subset', () => {
  it('sees the chosen samples in the order chosen', () => {
    const subset = new Subset(new Subset(counting(10), [8, 6, 4, 2]), [3, 1]);
    assert.equal(subset.length, 2);
    assert.deepEqual(values(subset.gather([0, 1])), [
      [
        [2, -2],
        [6, -6],
      ],
      [20, 60],
    ]);
  });

  it('refuses positions outside its data set, when built and when read', () => {
    assert.throws(() => new Subset(counting(3), [3]), RangeError);
    assert.throws(() => new Subset(counting(3), [0, 1]).gather([2]), RangeError);
  });
});

describe('ConcatDataset', () => {
  const joined = new ConcatDataset([counting(3), counting(2, 3), counting(4, 5)]);

  it('counts through its data sets and keeps the order of a batch across them', () => {
    assert.equal(joined.length, 9);
    assert.deepEqual(values(joined.gather([8, 0, 4, 5, 1]))[1], [80, 0, 40, 50, 10]);
    assert.deepEqual(values(joined.gather([3, 4]))[1], [30, 40]);
  });

  it('keeps no tensor but the batch', () => {
    const before = tf.memory().numTensors;
    const batch = joined.gather([8, 0, 4]);
    assert.equal(tf.memory().numTensors, before + 2);
    tf.dispose([...batch]);
  });
});
