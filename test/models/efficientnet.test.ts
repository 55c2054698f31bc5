import assert from 'node:assert/strict';

import { compile } from '../../src/engine/compile';
import { manualSeed } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import { SGD } from '../../src/helpers/optim';
import {
  EfficientNetLite,
  efficientnetLite0,
  type EfficientNetLiteOptions,
} from '../../src/models/efficientnet';
import * as nn from '../../src/nn';
import { measure } from '../support/fidelity';

/** The sizes in record_efficientnet.py. */
const SMALL: EfficientNetLiteOptions = {
  stem: 4,
  head: 8,
  numClasses: 5,
  dropout: 0,
  dropConnect: 0,
  stages: [
    { repeats: 1, kernelSize: 3, stride: 1, expand: 1, outChannels: 4 },
    { repeats: 2, kernelSize: 3, stride: 2, expand: 2, outChannels: 6 },
    { repeats: 2, kernelSize: 5, stride: 2, expand: 2, outChannels: 6 },
  ],
};

describe('EfficientNetLite', () => {
  for (const name of ['train', 'eval'] as const) {
    it(`${name}: logits, gradients, statistics and names are PyTorch's`, () => {
      const { forward, gradient, worst } = measure({
        file: 'efficientnet',
        name,
        build: () => new EfficientNetLite(SMALL).train(name === 'train'),
        run: (module, { x }) => (module as nn.Layer).forward(x!),
      });
      assert.ok(forward <= 1e-5, `max|Δ| of the logits is ${forward}`);
      assert.ok(gradient <= 1e-5, `max|Δ| of ${worst} is ${gradient}`);
    });
  }

  it('has the names and the number of parameters of the published weights', () => {
    const model = efficientnetLite0();
    const names = [...model.stateDict().keys()];
    assert.equal(
      model.parameters().reduce((sum, { size }) => sum + size, 0),
      4_652_008,
    );
    assert.equal(names.length, 296);
    for (const name of [
      '_conv_stem.weight',
      '_blocks.15._bn2.running_var',
      '_bn1.num_batches_tracked',
      '_fc.bias',
    ]) {
      assert.ok(names.includes(name), name);
    }
    model.dispose();
  });

  it('learns alike compiled and eagerly, with images that skip blocks', () => {
    const losses = [false, true].map((compiled) => {
      manualSeed(3);
      const model = new EfficientNetLite({ ...SMALL, dropout: 0.2, dropConnect: 0.5 });
      const optimizer = new SGD(model.parameters(), { lr: 0.05 });
      const plain = (x: tf.Tensor, target: tf.Tensor): tf.Tensor => {
        optimizer.zeroGrad();
        const loss = nn.crossEntropy(model.forward(x), target);
        loss.backward();
        optimizer.step();
        return loss;
      };
      const step = compiled ? compile(plain) : plain;
      const x = tf.ones([4, 16, 16, 3]).mul(tf.linspace(-1, 1, 4).reshape([4, 1, 1, 1]));
      return [0, 1, 2, 3].map(() => step(x, tf.tensor1d([0, 1, 2, 3], 'int32')).dataSync()[0]!);
    });
    losses[0]!.forEach((loss, i) =>
      assert.ok(Math.abs(loss - losses[1]![i]!) < 1e-4, `${losses.join(' | ')}`),
    );
    assert.notEqual(losses[0]![0], losses[0]![1]);
  });
});
