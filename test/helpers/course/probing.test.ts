import assert from 'node:assert/strict';

import { manualSeed, normal } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { layerFeatures, linearProbe, nearestNeighbour } from '../../../src/helpers/course/probing';
import { DataLoader, TensorDataset } from '../../../src/helpers/data';
import * as nn from '../../../src/nn';
import { assertClose } from '../../support/close';

const ints = (values: readonly number[]) => tf.tensor1d([...values], 'int32');

/** Three clouds around corners of a triangle, `n` points each. */
function clouds(n: number, noise: number): [tf.Tensor, tf.Tensor] {
  const corners = [[0, 0], [4, 0], [0, 4]]; // prettier-ignore
  const labels = corners.flatMap((_, k) => new Array<number>(n).fill(k));
  const centres = tf.tensor2d(labels.map((k) => corners[k] ?? []));
  return [tf.add(centres, tf.mul(normal([3 * n, 2]), noise)), ints(labels)];
}

describe('linearProbe', () => {
  beforeEach(() => manualSeed(1));

  it('tells clouds apart that a line tells apart, whatever their scale and place', () => {
    const [train, test] = [clouds(20, 0.3), clouds(50, 0.3)];
    const moved = ([x, y]: [tf.Tensor, tf.Tensor]) => [tf.add(tf.mul(x, 1e4), 1e6), y] as const;
    assert.equal(linearProbe(train, test).accuracy, 1);
    assert.ok(linearProbe(moved(train), moved(test)).accuracy > 0.99);
  });

  it('is at chance where the features say nothing, and says how sure it is', () => {
    const noise = (n: number) => [normal([n, 4]), ints(Array.from({ length: n }, (_, i) => i % 2))] as const;
    const { accuracy, confidence, predicted } = linearProbe(noise(20), noise(400));
    assert.ok(Math.abs(accuracy - 0.5) < 0.1, `${accuracy}`);
    assert.ok(confidence.every((p) => p >= 0.5 && p <= 1) && predicted.length === 400);
  });

  it('ends where softmax regression with weight decay has its minimum', () => {
    // Two points ±1, two classes: w = (−a, a) with a/100 = ½ σ(−2a)·… found by bisection of the gradient.
    const train = [tf.tensor2d([[-1], [1]]), ints([0, 1])] as const;
    const { confidence } = linearProbe(train, train, { steps: 2000 });
    let [low, high] = [0, 20];
    for (let i = 0; i < 60; i++) {
      const a = (low + high) / 2;
      // Gradient of the class-1 weight: mean over both points of (p − y)·x, plus the decay.
      const slope = -1 / (1 + Math.exp(2 * a)) + 0.01 * a;
      if (slope < 0) low = a;
      else high = a;
    }
    const expected = 1 / (1 + Math.exp(-2 * low));
    assertClose(confidence, [expected, expected], 1e-4);
  });

  it('is the same where there are fewer samples than features', () => {
    const [train, test] = [clouds(3, 2), clouds(20, 2)];
    const wide = ([x, y]: [tf.Tensor, tf.Tensor]) => [tf.pad(x, [[0, 0], [0, 30]]), y] as const; // prettier-ignore
    const [narrow, few] = [linearProbe(train, test), linearProbe(wide(train), wide(test))];
    assertClose(few.confidence, narrow.confidence, 1e-5);
    assert.deepEqual(few.predicted, narrow.predicted);
  });

  it('refuses other sizes and labels below 0', () => {
    const [x, y] = clouds(2, 1);
    assert.throws(() => linearProbe([x, y], [tf.zeros([6, 3]), y]), /as many features .* 2 and 3/);
    assert.throws(() => linearProbe([x, tf.sub(y, 1)], [x, y]), /class numbers from 0, got -1/);
  });

  it('leaves no tensors behind', () => {
    const [train, test] = [clouds(5, 1), clouds(5, 1)];
    const before = tf.memory().numTensors;
    linearProbe(train, test, { steps: 3 });
    nearestNeighbour(train, test);
    assert.equal(tf.memory().numTensors, before);
  });
});

describe('nearestNeighbour', () => {
  it('takes the class of the nearest training sample', () => {
    const train = [tf.tensor3d([[[0, 0]], [[10, 0]], [[0, 10]]]), ints([2, 0, 1])] as const;
    const test = [tf.tensor3d([[[1, 2]], [[7, 3]], [[3, 8]], [[9, 9.5]]]), ints([2, 0, 0, 1])] as const;
    const { accuracy, predicted } = nearestNeighbour(train, test);
    assert.deepEqual([predicted, accuracy], [[2, 0, 1, 1], 0.75]);
  });
});

describe('layerFeatures', () => {
  const [conv, norm] = [new nn.Conv2d(3, 4, 3), new nn.BatchNorm2d(4)];
  const net = new nn.Sequential(conv, norm, new nn.Flatten());
  const pictures = () => new TensorDataset(normal([5, 6, 6, 3]), ints([0, 1, 0, 1, 0]));

  it('gives what the layers compute in evaluation mode, batch after batch, whole or averaged', async () => {
    const set = pictures();
    const loader = new DataLoader(set, { batchSize: 2 });
    const found = await layerFeatures(net, { 0: 'maps', 1: 'mean', 2: 'mean' }, loader);
    const [whole, mean, flat] = Object.values<tf.Tensor>(found);
    assert.ok(whole && mean && flat);
    const [x] = set.gather([0, 1, 2, 3, 4]);
    const flattened = net.eval().forward(x);
    const maps = norm.forward(conv.forward(x));
    net.train();
    assert.deepEqual(whole.shape, [5, 4, 4, 4]);
    assertClose([...mean.dataSync()], [...tf.mean(maps, [1, 2]).dataSync()], 1e-5);
    assertClose([...flat.dataSync()], [...flattened.dataSync()], 1e-5);
    assert.equal(net.training, true, 'the mode is put back');
  });

  it('refuses a layer that there is not, and no batches', async () => {
    const loader = new DataLoader(pictures(), { batchSize: 2 });
    await assert.rejects(layerFeatures(net, { fc: 'mean' }, loader), /layers among 0, 1, 2, got "fc"/);
    await assert.rejects(layerFeatures(net, { 0: 'mean' }, []), /at least one batch, got none/);
  });
});
