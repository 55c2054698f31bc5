import assert from 'node:assert/strict';

import { manualSeed } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import {
  activations,
  activationStats,
  gradientStats,
  parameterStats,
  statsOf,
} from '../../../src/helpers/inspect/stats';
import * as nn from '../../../src/nn';
import { blobs, TinyNet } from '../../support/blobs';
import { assertClose } from '../../support/close';
import { tensorsLeft } from '../../support/memory';

describe('statistics of a network', () => {
  manualSeed(1);
  const model = new TinyNet();
  const batch = blobs(8).gather([0, 1, 2, 3]);
  const [x] = batch;

  it('describe parameters, gradients and activations, and leave no tensor and no hook', async () => {
    const before = await tensorsLeft();
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
    const expected = tf.tidy(() => model.fc1.forward(x).dataSync());
    assertClose([...(first?.values ?? [])], [...expected], 1e-6);
    assert.ok((await tensorsLeft(before)) <= before);
    assert.ok(!Object.hasOwn(model.fc1, 'forward'));
  });

  it('are mean, standard deviation, length and share of zeros', () => {
    const { values, ...numbers } = statsOf('x', [0, 3, 0, -1]);
    assert.deepEqual(numbers, { name: 'x', mean: 0.5, std: 1.5, norm: Math.sqrt(10), zeros: 0.5 });
    assert.deepEqual(values, Float32Array.of(0, 3, 0, -1));
    assert.equal(statsOf('even', [0.1, 0.1, 0.1]).std < 1e-8, true); // rounding gives no NaN
  });

  it('leave frozen parameters out of the gradients', () => {
    model.fc1.requiresGrad(false);
    const names = gradientStats(model, batch, nn.crossEntropy).map((s) => s.name);
    model.fc1.requiresGrad();
    assert.deepEqual(names, ['fc2.weight', 'fc2.bias']);
  });

  it('look at the first tensor of what a layer gives, and at layers with children when asked for', async () => {
    const lstm = new nn.Sequential(new nn.LSTM(2, 3, { batchFirst: true }) as never);
    const input = tf.ones([1, 4, 2]);
    assert.deepEqual(
      activationStats(lstm, input).map(({ name, values }) => [name, values.length]),
      [['0', 12]],
    );
    const nested = new nn.Sequential(new nn.Sequential(new nn.ReLU()), new nn.Tanh());
    const before = await tensorsLeft();
    const found = activations(nested, ['0', '1'], tf.tensor1d([-1, 2]));
    assert.deepEqual([...found.keys()].sort(), ['0', '1']);
    assert.deepEqual([...found.get('0')!.dataSync()], [0, 2]);
    found.clear();
    assert.ok((await tensorsLeft(before)) <= before);
    assert.equal(Object.hasOwn(nested.at(0)!, 'forward'), false);
  });

  it('activations() gives the outputs of named layers, and names those there are', () => {
    const found = activations(model, ['fc2'], x);
    assert.deepEqual(found.get('fc2')?.shape, [4, 2]);
    tf.dispose([...found.values()]);
    assert.deepEqual([...found.keys()], ['fc2']);
  });
});
