import assert from 'node:assert/strict';

import { manualSeed } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import {
  activations,
  activationStats,
  gradientStats,
  parameterStats,
} from '../../../src/helpers/inspect/stats';
import { summarize } from '../../../src/helpers/inspect/summary';
import * as nn from '../../../src/nn';
import { blobs, TinyNet } from '../../support/blobs';

describe('statistics of a network', () => {
  manualSeed(1);
  const model = new TinyNet();
  const batch = blobs(8).gather([0, 1, 2, 3]);
  const [x] = batch;

  it('summarize() lists layers in the order in which they computed', () => {
    assert.deepEqual(summarize(model, x), [
      { name: 'fc1', type: 'Linear', output: [4, 8], parameters: 24, trainable: 24 },
      { name: 'fc2', type: 'Linear', output: [4, 2], parameters: 18, trainable: 18 },
    ]);
    assert.equal(model.training, true);
  });

  it('describe parameters, gradients and activations, and leave no tensor and no hook', () => {
    const before = tf.memory().numTensors;
    const names = ['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias'];
    assert.deepEqual(
      parameterStats(model).map((s) => s.name),
      names,
    );
    const gradients = gradientStats(model, batch, nn.crossEntropy);
    assert.deepEqual(
      gradients.map((s) => s.name),
      names,
    );
    assert.ok(gradients.every((s) => s.norm > 0 && Number.isFinite(s.std)));
    const [first] = activationStats(model, x);
    const expected = tf.tidy(() => model.fc1.forward(x as tf.Tensor2D).dataSync());
    assert.deepEqual([...(first?.values ?? [])], [...expected]);
    assert.equal(tf.memory().numTensors, before);
    assert.ok(!Object.hasOwn(model.fc1, 'forward'));
  });

  it('activations() gives the outputs of named layers, and names those there are', () => {
    const found = activations(model, ['fc2'], x);
    assert.deepEqual(found.get('fc2')?.shape, [4, 2]);
    tf.dispose([...found.values()]);
    assert.throws(() => activations(model, ['fc9'], x), /layers among fc1, fc2, got "fc9"/);
  });
});
