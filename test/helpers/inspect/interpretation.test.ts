import assert from 'node:assert/strict';

import { manualSeed } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { gradCam } from '../../../src/helpers/inspect/gradcam';
import { interpret, Interpretation } from '../../../src/helpers/inspect/interpretation';
import * as nn from '../../../src/nn';
import { assertClose } from '../../support/close';
import { tensorsLeft } from '../../support/memory';

/** Gives back its input as logits. */
class Echo extends nn.Module {
  forward(x: tf.Tensor2D): tf.Tensor2D {
    return tf.mul(x, 1);
  }
}

class Eye extends nn.Module {
  readonly conv = new nn.Conv2d(1, 3, 3, { padding: 1 });
  readonly fc = new nn.Linear(3, 2);

  forward(x: tf.Tensor4D): tf.Tensor2D {
    return this.fc.forward(tf.mean(tf.relu(this.conv.forward(x)), [1, 2]));
  }
}

describe('interpret()', () => {
  const logits = tf.tensor2d([
    [4, 0, 0],
    [0, 3, 0],
    [0, 2, 0],
    [5, 0, 1],
  ]);
  const labels = tf.tensor1d([0, 1, 2, 2], 'int32');
  const batches = [
    [tf.slice(logits, 0, 3), tf.slice(labels, 0, 3)] as const,
    [tf.slice(logits, 3), tf.slice(labels, 3)] as const,
  ];

  it('counts confusions and finds the worst samples across batches', async () => {
    const found = await interpret(new Echo(), batches, { keep: 2 });
    assert.deepEqual(found.confusion, [
      [1, 0, 0],
      [0, 1, 0],
      [1, 1, 0],
    ]);
    assert.equal(found.accuracy, 0.5);
    assert.deepEqual(found.mostConfused(), [
      { label: 2, predicted: 0, count: 1 },
      { label: 2, predicted: 1, count: 1 },
    ]);
    assert.deepEqual(
      found.topLosses(2).map((s) => s.index),
      [3, 2],
    );
    assert.deepEqual(
      found.wrong().map((s) => s.index),
      [3, 2],
    );
    assert.deepEqual(
      found.wrong(1).map((s) => s.index),
      [3],
    );
    const input = found.inputs([...found.topLosses(2)].reverse());
    assert.deepEqual(input.shape, [2, 3]);
    assertClose(input.dataSync(), [0, 2, 0, 5, 0, 1]);
    assert.deepEqual(found.samples.map((s) => found.has(s)), [false, false, true, true]); // prettier-ignore
  });

  it('knows of each sample its class, the one predicted, its probability and its loss', async () => {
    const before = await tensorsLeft();
    const { samples, numClasses } = await interpret(new Echo(), batches, { compile: false });
    assert.ok((await tensorsLeft(before)) <= before);
    assert.equal(numClasses, 3);
    const softmax = tf.softmax(logits).arraySync();
    samples.forEach(({ index, label, predicted, probability, loss }, i) => {
      const shares = softmax[i]!;
      assert.deepEqual(
        [index, label, predicted],
        [i, labels.arraySync()[i], shares.indexOf(Math.max(...shares))],
      );
      assertClose([probability, loss], [Math.max(...shares), -Math.log(shares[label]!)], 1e-5);
    });
  });

  it('sorts what is confused by how often it is, and leaves out what is rarer than asked', () => {
    const judged = (label: number, predicted: number, loss: number, probability = 0.5) => ({ index: 0, label, predicted, loss, probability }); // prettier-ignore
    const samples = [judged(0, 1, 3), judged(1, 0, 1), judged(1, 0, 2), judged(2, 2, 4)];
    const found = new Interpretation(samples, 3, new Map(), []);
    assert.deepEqual(found.mostConfused(), [
      { label: 1, predicted: 0, count: 2 },
      { label: 0, predicted: 1, count: 1 },
    ]);
    assert.equal(found.mostConfused({ min: 2 }).length, 1);
    assert.equal(found.accuracy, 1 / 4);
    assert.deepEqual(
      found.topLosses().map(({ loss }) => loss),
      [4, 3, 2, 1],
    );
    const many = Array.from({ length: 12 }, (_, i) => judged(0, 1, i, i / 12));
    assert.equal(new Interpretation(many, 2, new Map(), []).topLosses().length, 9);
    assert.equal(new Interpretation(many, 2, new Map(), []).wrong()[0]?.loss, 11);
  });

  it('takes the first of equally likely classes, and a probability of 0 for a very small one', async () => {
    const even = [[tf.tensor2d([[0, 0, -1000]]), tf.tensor1d([2], 'int32')] as const];
    const { samples } = await interpret(new Echo(), even);
    assert.equal(samples[0]?.predicted, 0);
    assertClose(samples[0].loss, -Math.log(1e-12), 1e-9);
  });
});

describe('gradCam()', () => {
  it('is ReLU of the maps weighted by their mean gradients, scaled to 1', () => {
    manualSeed(5);
    const model = new Eye();
    const image = tf.randomNormal([1, 6, 6, 1], 0, 1, 'float32', 3);
    const cam = gradCam(model, 'conv', image, 1);
    // Logit 1 is the mean of relu(maps) times the weights of class 1.
    const expected = tf.tidy(() => {
      const maps = model.conv.forward(image);
      const slope = tf.mul(
        tf.cast(tf.greater(maps, 0), 'float32'),
        tf.div(tf.slice(model.fc.weight, [1, 0], [1, 3]), 36),
      );
      const heat = tf.relu(tf.sum(tf.mul(maps, tf.mean(slope, [1, 2], true)), -1));
      return tf.div(heat, tf.max(heat)).dataSync();
    });
    assertClose(cam.heat, expected, 1e-4);
    assert.deepEqual([cam.classIndex, cam.shape], [1, [6, 6]]);
    assert.equal(model.training, true);
  });

  it('looks at the likeliest class unless told otherwise, and gives its probability', async () => {
    manualSeed(6);
    const model = new Eye();
    const image = tf.randomNormal([1, 6, 6, 1], 0, 1, 'float32', 4);
    const before = await tensorsLeft();
    const shares = tf.tidy(() => tf.softmax(model.forward(image)).dataSync());
    const [likeliest, other] = shares[0]! > shares[1]! ? [0, 1] : [1, 0];
    const cam = gradCam(model, 'conv', image);
    assert.deepEqual([cam.classIndex, cam.layer], [likeliest, 'conv']);
    assertClose(cam.probability, shares[likeliest]!, 1e-6);
    assert.deepEqual([...gradCam(model, 'conv', image, likeliest).heat], [...cam.heat]);
    assert.notDeepEqual([...gradCam(model, 'conv', image, other).heat], [...cam.heat]);
    assert.ok((await tensorsLeft(before)) <= before);
  });

  it('is enlarged to the image, and 0 everywhere where nothing speaks for the class', () => {
    class Half extends Eye {
      override forward(x: tf.Tensor4D): tf.Tensor2D {
        return super.forward(tf.maxPool(x, 2, 2, 'valid'));
      }
    }
    const image = tf.ones([1, 6, 8, 1]);
    const model = new Half();
    const { heat, shape } = gradCam(model, 'conv', image);
    assert.deepEqual([heat.length, shape], [48, [6, 8]]);
    model.fc.weight.assign(tf.zeros([2, 3]));
    assert.deepEqual(new Set(gradCam(model, 'conv', image).heat), new Set([0]));
  });
});
