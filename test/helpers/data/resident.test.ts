import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { ArrayDataset, type Tensors } from '../../../src/helpers/data/dataset';
import { DataLoader } from '../../../src/helpers/data/loader';
import { Resident, residentOf, spaceObstacle } from '../../../src/helpers/data/resident';

const MIB = 2 ** 20;
const data = new ArrayDataset([
  { values: Float32Array.from({ length: 8 }, (_, i) => i / 2), shape: [2] },
  { values: Int32Array.of(0, 10, 20, 30), shape: [] },
]);

describe('Resident', () => {
  it('gives the samples of the data set at any positions, and takes its variables with it', () => {
    const before = tf.memory().numTensors;
    const resident = new Resident(new DataLoader(data, { batchSize: 2 }));
    assert.equal(tf.memory().numTensors, before + 2);
    const positions = tf.tensor1d([3, 0, 3], 'int32');
    const [found, expected] = [resident.gather([positions]), data.gather([3, 0, 3])];
    found.forEach((tensor, i) => {
      assert.deepEqual([tensor.dtype, tensor.arraySync()], [expected[i]!.dtype, expected[i]!.arraySync()]);
    });
    tf.dispose([positions, found, [...expected]]);
    resident.dispose();
    assert.equal(tf.memory().numTensors, before);
  });

  it('is not trained', () => {
    const resident = new Resident(new DataLoader(data, { batchSize: 2 }));
    const w = tf.variable(tf.scalar(1));
    const at = tf.tensor1d([0], 'int32');
    const { grads, value } = tf.variableGrads(() => tf.sum(tf.mul(resident.gather([at])[0]!, w)));
    assert.deepEqual(Object.keys(grads), [w.name]);
    tf.dispose([grads, value, w, at]);
    resident.dispose();
  });
});

describe('residentOf() and spaceObstacle()', () => {
  /** Samples of 1 KiB and of 4 bytes more, so that the size is counted over all columns. */
  const sized = (samples: number) =>
    new ArrayDataset([
      { values: new Float32Array(samples * 255), shape: [255] },
      { values: new Int32Array(samples), shape: [] },
    ]);

  it('say which batches cannot live on the device', () => {
    const loader = (dataset: object) => new DataLoader<Tensors>(dataset as never, { batchSize: 2 });
    const same =
      'a data set that gives the same numbers each time (fixed: true), got one that does not say so';
    const unsaid = { length: 1, gather: () => [tf.ones([1])] };
    assert.equal(residentOf([]), 'a DataLoader, got other batches');
    assert.equal(residentOf(loader(unsaid)), same);
    assert.equal(residentOf(loader({ ...unsaid, fixed: false })), same);
    assert.equal(residentOf(loader({ ...unsaid, length: 0, fixed: true })), 'at least one sample, got 0');
    const resident = residentOf(loader(data));
    assert.ok(resident instanceof Resident);
    resident.dispose();
  });

  it('ask for the free memory above 16 MiB, and let an eighth of it be taken', () => {
    const asked: unknown[] = [];
    const free = (bytes: number | undefined) => (device: unknown) => (asked.push(device), bytes);
    const before = tf.memory().numTensors;
    assert.equal(spaceObstacle(sized(16 * 1024), free(0)), undefined);
    assert.deepEqual(asked, []);
    const large = sized(16 * 1024 + 1);
    assert.equal(spaceObstacle(large, free(200 * MIB)), undefined);
    assert.equal(spaceObstacle(large, free(8 * (16 * MIB + 1024))), undefined);
    assert.equal(spaceObstacle(large, free(8 * 16 * MIB)), 'at most 16 MiB, got 17 MiB');
    assert.equal(spaceObstacle(large, free(undefined)), 'a driver that tells the free memory, got none');
    assert.deepEqual(new Set(asked), new Set([tf.device]));
    assert.equal(tf.memory().numTensors, before);
  });
});
