import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { SGD } from '../../../src/helpers/optim/optimizers';
import type { Batch } from '../../../src/helpers/train/batches';
import type { Callback } from '../../../src/helpers/train/callbacks';
import { evaluate, predict } from '../../../src/helpers/train/evaluate';
import { fit, type FitOptions } from '../../../src/helpers/train/fit';
import * as nn from '../../../src/nn';
import { assertClose } from '../../support/close';
import { printed } from '../../support/kernel';

class Net extends nn.Module {
  readonly fc = new nn.Linear(2, 2);
  readonly leaky = new nn.LeakyReLU();
  readonly norm = new nn.BatchNorm1d(2);
  temperature = 1;

  constructor() {
    super();
    this.fc.weight.assign(tf.tensor2d([[1, -2], [-3, 1]])); // prettier-ignore
    this.fc.bias?.assign(tf.tensor1d([0.5, -0.5]));
  }

  forward(x: tf.Tensor): tf.Tensor {
    return tf.div(this.norm.forward(this.leaky.forward(this.fc.forward(x))), this.temperature);
  }
}

const x = tf.tensor2d([[1, 2], [3, -4], [-1, 0.5]]); // prettier-ignore
const y = tf.tensor2d([[1, 0], [0, 1], [2, 2]]); // prettier-ignore
const batches: Batch[] = [[x, y], [x, y]]; // prettier-ignore
const mse = (output: tf.Tensor, target: tf.Tensor) => nn.mseLoss(output, target);

/** Losses of a run beside those of the same run without recordings. */
async function sameLosses(run: (compile: boolean) => Promise<readonly number[]>): Promise<void> {
  let [fast, plain]: (readonly number[])[] = [[], []];
  await printed(async () => {
    fast = await run(true);
    plain = await run(false);
  });
  assert.ok(new Set(plain).size > 2);
  assertClose(fast!, plain!, 1e-5);
}

const losses = async (model: nn.Module, options: Partial<FitOptions>): Promise<number[]> => {
  const optimizer = new SGD(model.namedParameters(), { lr: 0.01 });
  const all = { epochs: 6, train: batches, loss: mse, optimizer, display: false, ...options };
  return (await fit(model, all)).steps.loss;
};

describe('fit() with numbers that change', () => {
  for (const [when, callback] of [
    ['after an epoch', (change: () => void): Callback => ({ onEpochEnd: change })],
    ['after a batch', (change: () => void): Callback => ({ onBatchEnd: change })],
  ] as const) {
    it(`that a loss finds in a closure, ${when}: a VAE's beta`, () =>
      sameLosses((compile) => {
        let beta = 0;
        const loss = (o: tf.Tensor, t: tf.Tensor) =>
          tf.add<tf.Scalar>(mse(o, t), tf.mul(tf.mean(tf.square(o)), beta));
        return losses(new Net(), { loss, compile, callbacks: [callback(() => void beta++)] });
      }));

    it(`that a loss finds in a closure, ${when}, though they stay the same for long`, () =>
      sameLosses((compile) => {
        let [beta, calls] = [0, 0];
        const loss = (o: tf.Tensor, t: tf.Tensor) =>
          tf.add<tf.Scalar>(mse(o, t), tf.mul(tf.mean(tf.square(o)), beta));
        const change = () => void (++calls > 4 && (beta = 2));
        return losses(new Net(), { loss, compile, callbacks: [callback(change)] });
      }));

    it(`that stand in a field, ${when}: a temperature`, () =>
      sameLosses((compile) => {
        const model = new Net();
        return losses(model, { compile, callbacks: [callback(() => void model.temperature++)] });
      }));

    it(`that decide what is computed, ${when}: teacher forcing`, () =>
      sameLosses((compile) => {
        let [forcing, i] = [true, 0];
        const loss = (o: tf.Tensor, t: tf.Tensor) => (forcing ? mse(o, t) : mse(tf.mul(o, 3), t));
        return losses(new Net(), {
          loss,
          compile,
          callbacks: [callback(() => void (forcing = i++ % 2 > 0))],
        });
      }));
  }

  it('that the loss counts up itself', () =>
    sameLosses((compile) => {
      let step = 0;
      const loss = (o: tf.Tensor, t: tf.Tensor) => tf.mul<tf.Scalar>(mse(o, t), step++);
      return losses(new Net(), { loss, compile });
    }));

  it('that the batches change as they come', () =>
    sameLosses((compile) => {
      let scale = 0;
      const train = { *[Symbol.iterator](): Generator<Batch> { for (const batch of batches) { scale++; yield batch; } } }; // prettier-ignore
      const loss = (o: tf.Tensor, t: tf.Tensor) => tf.mul<tf.Scalar>(mse(o, t), scale);
      return losses(new Net(), { loss, compile, train });
    }));

  it('says which value was another one, and where', async () => {
    let beta = 0.25;
    const loss = (o: tf.Tensor, t: tf.Tensor) => tf.mul<tf.Scalar>(mse(o, t), beta);
    const lines = await printed(() =>
      losses(new Net(), { loss, callbacks: [{ onEpochEnd: () => void (beta += 0.5) }] }),
    );
    assert.match(
      lines.join('\n'),
      /a number from JavaScript was [\d.]+ when it was recorded and is [\d.]+ now at .*closures\.test\.ts:\d+:\d+; keep what changes in a field/,
    );
  });
});

describe('predict() and evaluate()', () => {
  it('see a slope that has changed', async () => {
    const model = new Net();
    const values = async (compile: boolean) => [...(await predict(model, x, { compile })).dataSync()];
    const before = await values(true);
    Object.assign(model.leaky, { negativeSlope: 0.5 });
    assert.notDeepEqual(await values(true), before);
    assertClose(await values(true), await values(false), 1e-6);
  });

  it('see what a loss finds in a closure', async () => {
    let scale = 1;
    const loss = (o: tf.Tensor, t: tf.Tensor) => tf.mul<tf.Scalar>(mse(o, t), scale);
    const model = new Net();
    const value = async () => (await evaluate(model, batches, { loss })).loss!;
    const first = await value();
    for (scale = 2; scale < 6; scale++)
      await printed(async () => assertClose([await value()], [first * scale], 1e-5));
  });
});

describe('BatchNorm in a compiled step', () => {
  it('moves its statistics by the momentum of the moment', async () => {
    const means = async (compile: boolean) => {
      const model = new Net();
      const change = () => void Object.assign(model.norm, { momentum: model.norm.momentum! * 1.5 });
      await losses(model, { compile, callbacks: [{ onBatchEnd: change }] });
      return [...model.norm.runningMean!.dataSync()];
    };
    assertClose(await means(true), await means(false), 1e-5);
  });
});
