import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { Adam, AdamW, type Optimizer, SGD } from '../../../src/helpers/optim/optimizers';
import type { Batch } from '../../../src/helpers/train/batches';
import { fit } from '../../../src/helpers/train/fit';
import { restoreState, saveState } from '../../../src/helpers/train/weights';
import * as nn from '../../../src/nn';

class Net extends nn.Module {
  readonly fc = new nn.Linear(2, 4);
  readonly norm = new nn.BatchNorm1d(4);
  readonly out = new nn.Linear(4, 1);

  forward(x: tf.Tensor): tf.Tensor {
    return this.out.forward(this.norm.forward(this.fc.forward(x)));
  }
}

const good: Batch = [tf.tensor2d([[1, 2], [3, -1], [0, 1]]), tf.tensor2d([[1], [0], [2]])]; // prettier-ignore
const bad: Batch = [tf.tensor2d([[1, 2], [NaN, -1], [0, 1]]), good[1]!]; // prettier-ignore
const mse = (output: tf.Tensor, y: tf.Tensor) => nn.mseLoss(output, y);
/** Finite itself, with an infinite slope where output and target agree. */
const root = (output: tf.Tensor) => tf.sum<tf.Scalar>(tf.sqrt(tf.mul(output, 0)));

const optimizers: Record<string, (model: nn.Module) => Optimizer> = {
  SGD: (model) => new SGD(model.namedParameters(), { lr: 0.1, momentum: 0.9, weightDecay: 0.1 }),
  Adam: (model) => new Adam(model.namedParameters(), { lr: 0.1, amsgrad: true }),
  AdamW: (model) => new AdamW(model.namedParameters(), { lr: 0.1 }),
};

const state = (model: nn.Module, optimizer: Optimizer) => {
  const averages = Object.values(optimizer.stateDict().state).map(({ step, tensors }) => {
    return [step, Object.values(tensors).map((t) => [...t.dataSync()])];
  });
  return [[...saveState(model)].map(([name, values]) => [name, ...values]), averages];
};

describe('nanGuard', () => {
  for (const [name, make] of Object.entries(optimizers)) {
    for (const compile of [true, false]) {
      it(`leaves out the step before any number of model or optimizer is NaN: ${name}, compile ${compile}`, async () => {
        const [model, twin] = [new Net(), new Net()];
        restoreState(twin, saveState(model));
        const [optimizer, other] = [make(model), make(twin)];
        const common = { epochs: 1, display: false, compile };
        await fit(twin, { ...common, train: [good, good], loss: mse, optimizer: other });
        const run = fit(model, { ...common, train: [good, good, bad, good], loss: mse, optimizer });
        await assert.rejects(
          run,
          /got NaN at epoch 1, step 3; the step was left out, .*the batch itself holds NaN/,
        );
        assert.deepEqual(state(model, optimizer), state(twin, other));
      });

      it(`tells of gradients that are not finite though the loss is: ${name}, compile ${compile}`, async () => {
        const model = new Net();
        const optimizer = make(model);
        const before = state(model, optimizer);
        const run = fit(model, { epochs: 1, display: false, compile, train: [good], loss: root, optimizer });
        await assert.rejects(run, /got gradients that are NaN or infinite \(loss 0\) at epoch 1, step 1; the step was left out/); // prettier-ignore
        assert.deepEqual(state(model, optimizer), before);
      });
    }

    it(`changes no bit of a step that is finite: ${name}`, async () => {
      const models = [new Net(), new Net()] as const;
      restoreState(models[1], saveState(models[0]));
      const [guarded, plain] = await Promise.all(
        models.map(async (model, i) => {
          const optimizer = make(model);
          const options = { epochs: 3, display: false, train: [good, good], loss: mse, optimizer };
          await fit(model, { ...options, nanGuard: i === 0 });
          return state(model, optimizer);
        }),
      );
      assert.deepEqual(guarded, plain);
    });
  }
});
