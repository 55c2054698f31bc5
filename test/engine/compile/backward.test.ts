import assert from 'node:assert/strict';

import { compile } from '../../../src/engine/compile';
import { manualSeed } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { SGD } from '../../../src/helpers/optim';
import * as nn from '../../../src/nn';
import { batchOf, lossOf, trainables } from '../../support/models';

type Step = (x: tf.Tensor, y: tf.Tensor) => tf.Tensor;
type Optimizer = ReturnType<(typeof trainables)[string]['optimizer']>;

/** Ways to write one step. */
function stepsOf(loss: Step, optimizer: Optimizer): Record<string, Step> {
  const lines = (before: boolean): Step => {
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
    'zeroGrad first': lines(true),
    'zeroGrad last': lines(false),
  };
}

/** Losses and weights of three steps, dropout included. */
function trained(name: string, way: string, recorded: boolean): { numbers: number[]; recordings: number } {
  manualSeed(7);
  const kind = trainables[name]!;
  const model = kind.build();
  const step = stepsOf((x, y) => lossOf(model, kind, x, y), kind.optimizer(model))[way]!;
  const compiled = recorded ? compile(step) : undefined;
  const losses = [0, 1, 2].map((k) => (compiled ?? step)(...batchOf(kind, k)).item());
  const weights = model.parameters().flatMap((parameter) => [...parameter.dataSync()]);
  return { numbers: [...losses, ...weights], recordings: compiled?.recordings ?? 0 };
}

describe('backward() and step() in a compiled function', function () {
  this.timeout(60_000);

  // Recording the larger ones takes seconds each; TSDL_ALL_MODELS=1 takes all.
  const some = ['MLP', 'CNN', 'LSTMModel', 'TransformerLM'];
  for (const name of process.env.TSDL_ALL_MODELS === '1' ? Object.keys(trainables) : some)
    it(`give the bits of a compiled minimize: ${name}`, () => {
      const { numbers } = trained(name, 'minimize', true);
      const cheap = name === 'MLP' || name === 'CNN'; // recording a large one takes seconds
      for (const way of cheap ? ['zeroGrad first', 'zeroGrad last'] : ['zeroGrad first']) {
        const { numbers: same, recordings } = trained(name, way, true);
        assert.deepEqual(same, numbers, way);
        assert.equal(recordings, 1, way);
      }
    });

  it('agree with the plain lines', () => {
    const [recorded, plain] = [true, false].map(
      (compiled) => trained('MLP', 'zeroGrad first', compiled).numbers,
    );
    plain!.forEach((value, i) => assert.ok(Math.abs(value - recorded![i]!) < 1e-5, String(i)));
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
