import assert from 'node:assert/strict';

import { compile } from '../../../src/engine/compile';
import { manualSeed } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { Adam, SGD } from '../../../src/helpers/optim';
import { CNN, LSTMModel, MLP } from '../../../src/models';
import * as nn from '../../../src/nn';
import type { Module } from '../../../src/nn/module';

type Step = (x: tf.Tensor, y: tf.Tensor) => tf.Tensor;
type Net = Module & { forward(x: tf.Tensor): tf.Tensor };

/** Models with dropout, buffers and recurrence, and a batch for each. */
const MODELS: Readonly<Record<string, () => [Net, tf.Tensor]>> = {
  MLP: () => [new MLP(6, 8, 3), tf.randomUniform([12, 6], 0, 1, 'float32', 1)],
  CNN: () => [new CNN(), tf.randomUniform([12, 28, 28, 1], 0, 1, 'float32', 1)],
  LSTMModel: () => [
    new LSTMModel({ vocabSize: 9, embeddingDim: 4, hiddenDim: 5, outputDim: 3 }),
    tf.randomUniform([12, 7], 0, 9, 'int32', 1),
  ],
};
const target = tf.range(0, 12, 1, 'int32').mod(tf.scalar(3, 'int32'));

/** Ways to write one step. */
function stepsOf(model: Net, optimizer: Adam): Record<string, Step> {
  const loss: Step = (x, y) => nn.crossEntropy(model.forward(x), y);
  const around = (before: boolean): Step => {
    return (x, y) => {
      if (before) optimizer.zeroGrad();
      const value = loss(x, y);
      value.backward();
      optimizer.step();
      if (!before) optimizer.zeroGrad();
      return value;
    };
  };
  return {
    minimize: (x, y) => optimizer.minimize(() => loss(x, y)),
    'zeroGrad first': around(true),
    'zeroGrad last': around(false),
  };
}

function trained(name: string, way: string, recorded: boolean): { numbers: number[]; recordings: number } {
  manualSeed(7);
  const [model, x] = MODELS[name]!();
  const step = stepsOf(model, new Adam(model.parameters(), { lr: 1e-2 }))[way]!;
  const fn = recorded ? compile(step) : step;
  const losses = Array.from({ length: 4 }, () => fn(x, target).item());
  const weights = model.parameters().flatMap((parameter) => [...parameter.dataSync()]);
  return {
    numbers: [...losses, ...weights],
    recordings: recorded ? (fn as { recordings?: number }).recordings! : 0,
  };
}

describe('backward() and step() in a compiled function', () => {
  for (const name of Object.keys(MODELS))
    it(`give the bits of a compiled minimize, and of the plain lines: ${name}`, () => {
      const { numbers } = trained(name, 'minimize', true);
      for (const way of ['zeroGrad first', 'zeroGrad last']) {
        const compiled = trained(name, way, true);
        assert.deepEqual(compiled.numbers, numbers, way);
        assert.equal(compiled.recordings, 1, way);
        const plain = trained(name, way, false).numbers;
        plain.forEach((value, i) => assert.ok(Math.abs(value - numbers[i]!) < 1e-4, `${way} ${i}`));
      }
    });

  it('add to what earlier calls have left, and leave their own', () => {
    const w = tf.variable(tf.tensor1d([1, 2]));
    const optimizer = new SGD([w], { lr: 0.1 });
    const add = compile((x: tf.Tensor) => {
      const loss = tf.sum(tf.mul(w, x));
      loss.backward();
      return loss;
    });
    const grads: number[][] = [];
    for (let i = 1; i <= 3; i++) {
      add(tf.tensor1d([i, 0]));
      grads.push([...(w.grad?.dataSync() ?? [])]);
    }
    assert.deepEqual(grads, [[1, 0], [3, 0], [6, 0]]); // prettier-ignore
    optimizer.step();
    optimizer.zeroGrad();
    assert.ok(w.allclose(tf.tensor1d([0.4, 2])));
    add(tf.tensor1d([5, 0]));
    assert.deepEqual([...(w.grad?.dataSync() ?? [])], [5, 0]);
    assert.equal(add.recordings, 2); // one where there was no gradient, one where there was
  });

  it('see a gradient that was put there from outside, and clip it', () => {
    const w = tf.variable(tf.tensor1d([3, 4]));
    const norm = compile(() => nn.utils.clipGradNorm_([w], 1));
    for (const scale of [1, 10]) {
      w.grad = tf.tensor1d([3 * scale, 4 * scale]);
      const held = w.grad;
      assert.ok(Math.abs(norm().item() - 5 * scale) < 1e-4);
      assert.ok(held.allclose(tf.tensor1d([0.6, 0.8]), { atol: 1e-5 }));
      assert.equal(w.grad, held);
    }
    assert.equal(norm.recordings, 1);
  });
});
