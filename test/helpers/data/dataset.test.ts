import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { ArrayDataset, TensorDataset } from '../../../src/helpers/data/dataset';
import { ConcatDataset, Subset } from '../../../src/helpers/data/views';

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

  it('gives whole numbers as they are where there is no table', () => {
    const bytes = new ArrayDataset<[tf.Tensor]>([{ values: Uint8Array.of(7, 0, 255), shape: [] }]);
    const [x] = bytes.gather([2, 0]);
    assert.deepEqual([x.dtype, [...x.dataSync()]], ['int32', [255, 7]]);
    x.dispose();
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

  it('takes int32 tensors made of bytes', () => {
    const x = tf.tensor1d(Uint8Array.of(3, 200), 'int32');
    const [y] = new TensorDataset<[tf.Tensor]>(x).gather([1]);
    assert.deepEqual([y.dtype, [...y.dataSync()]], ['int32', [200]]);
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
});

describe('ConcatDataset', () => {
  const joined = new ConcatDataset([counting(3), counting(2, 3), counting(4, 5)]);

  it('counts through its data sets and keeps the order of a batch across them', () => {
    assert.equal(joined.length, 9);
    assert.deepEqual(values(joined.gather([8, 0, 4, 5, 1]))[1], [80, 0, 40, 50, 10]);
    assert.deepEqual(values(joined.gather([3, 4]))[1], [30, 40]);
  });

  it('finds the first and the last sample of each part, and needs no second part', () => {
    for (const at of [0, 2, 3, 4, 5, 8]) assert.deepEqual(values(joined.gather([at]))[1], [10 * at]);
    assert.deepEqual(values(new ConcatDataset([counting(2)]).gather([1, 0]))[1], [10, 0]);
    assert.deepEqual(values(new ConcatDataset([counting(0), counting(2)]).gather([0]))[1], [0]);
  });

  it('keeps no tensor but the batch', () => {
    const before = tf.memory().numTensors;
    const batch = joined.gather([8, 0, 4]);
    assert.equal(tf.memory().numTensors, before + 2);
    tf.dispose([...batch]);
  });
});

describe('fixed', () => {
  const fixed = counting(2);
  const drawn = { length: 1, gather: () => counting(1).gather([0]) };

  it('is what says so, and what is made of nothing else', () => {
    assert.equal(fixed.fixed, true);
    assert.equal(new Subset(fixed, [0]).fixed, true);
    assert.equal(new Subset(drawn, [0]).fixed, false);
    assert.equal(new ConcatDataset([fixed, new Subset(fixed, [1])]).fixed, true);
    assert.equal(new ConcatDataset([fixed, drawn]).fixed, false);
  });
});
