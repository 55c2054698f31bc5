import assert from 'node:assert/strict';

import { manualSeed } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { gradCam } from '../../../src/helpers/inspect/gradcam';
import { interpret } from '../../../src/helpers/inspect/interpretation';
import * as nn from '../../../src/nn';
import { assertClose } from '../../support/close';

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
    return this.fc.forward(tf.mean<tf.Tensor2D>(tf.relu(this.conv.forward(x)), [1, 2]));
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
    const [worst] = found.wrong();
    assert.equal(worst?.index, 3);
    const input = found.inputs(found.topLosses(1));
    assertClose(input.dataSync(), [5, 0, 1]);
    assert.throws(() => found.inputs(found.samples.slice(0, 1)), /among the 2 worst, got number 0/);
  });
});

describe('gradCam()', () => {
  it('is ReLU of the maps weighted by their mean gradients, scaled to 1', () => {
    manualSeed(5);
    const model = new Eye();
    const image = tf.randomNormal<tf.Rank.R4>([1, 6, 6, 1], 0, 1, 'float32', 3);
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

  it('names a layer it cannot use', () => {
    assert.throws(
      () => gradCam(new Eye(), 'fc', tf.zeros([1, 6, 6, 1])),
      /"fc" to give maps .* got \[1, 2\]/,
    );
    assert.throws(
      () => gradCam(new Eye(), 'conv', tf.zeros([2, 6, 6, 1])),
      /one image .* got \[2, 6, 6, 1\]/,
    );
  });
});
