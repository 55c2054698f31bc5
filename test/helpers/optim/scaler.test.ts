import assert from 'node:assert/strict';

import { compile } from '../../../src/engine/compile';
import * as tf from '../../../src/engine/tf';
import { DataLoader } from '../../../src/helpers/data/loader';
import { Adam, AdamW, type Optimizer, SGD } from '../../../src/helpers/optim/optimizers';
import { GradScaler } from '../../../src/helpers/optim/scaler';
import { fit } from '../../../src/helpers/train/fit';
import * as nn from '../../../src/nn';
import { blobs, TinyNet } from '../../support/blobs';

describe('GradScaler', () => {
  it('halves after an infinite gradient and doubles after 2000 good steps, as PyTorch’s does', () => {
    const scaler = new GradScaler();
    assert.equal(scaler.scale, 65536);
    scaler.update(false);
    assert.equal(scaler.scale, 32768);
    for (let i = 0; i < 1999; i++) scaler.update(true);
    assert.equal(scaler.scale, 32768);
    scaler.update(true);
    assert.equal(scaler.scale, 65536);
    for (let i = 0; i < 1999; i++) scaler.update(true);
    scaler.update(false); // counts from the beginning again
    scaler.update(true);
    assert.equal(scaler.scale, 32768);
  });

  it('never grows out of float32', () => {
    const scaler = new GradScaler({ initScale: 2 ** 127, growthInterval: 1 });
    scaler.update(true);
    assert.equal(scaler.scale, 2 ** 127);
  });

  it('goes on from its state', () => {
    const scaler = new GradScaler({ growthInterval: 3 });
    [false, true, true].forEach((finite) => scaler.update(finite));
    const other = new GradScaler();
    other.loadStateDict(scaler.stateDict());
    [scaler, other].forEach((one) => one.update(true));
    assert.deepEqual([scaler.scale, other.scale], [65536, 65536]);
    assert.deepEqual(other.stateDict(), scaler.stateDict());
  });

  it('unscales, and zeroes everything where one number is not finite', () => {
    const grads = (last: number) =>
      new Map<string, tf.Tensor>([
        ['a', tf.tensor1d([8, -4])],
        ['b', tf.scalar(last)],
      ]);
    const scaler = new GradScaler();
    for (const [last, expected] of [
      [2, [2, -1, 0.5]],
      [Infinity, [0, 0, 0]],
      [NaN, [0, 0, 0]],
    ] as const) {
      const own = grads(last);
      const before = tf.memory().numTensors;
      const scale = tf.scalar(4);
      const finite = scaler.unscale(own, scale);
      assert.deepEqual(
        [...own.values()].flatMap((gradient) => [...gradient.dataSync()]),
        expected,
      );
      assert.equal(Boolean(finite.dataSync()[0]), Number.isFinite(last));
      assert.equal(tf.memory().numTensors, before + 2);
      tf.dispose([...own.values(), scale, finite]);
    }
  });

  it('rejects what makes no sense', () => {
    assert.throws(() => new GradScaler({ backoffFactor: 1 }), {
      name: 'RangeError',
      message: 'Cannot build GradScaler: expected backoffFactor to be a number between 0 and 1, got 1',
    });
    assert.throws(() => new GradScaler({ initScale: 0 }), /initScale to be a number above 0, got 0/);
    assert.throws(() => new GradScaler({ growthInterval: 1.5 }), /whole number of steps/);
  });
});

type Make = (params: Iterable<tf.Variable>) => Optimizer;

const optimizers: Readonly<Record<string, Make>> = {
  SGD: (params) => new SGD(params, { lr: 0.01 }),
  'SGD with momentum, dampening and weight decay': (params) =>
    new SGD(params, { lr: 0.01, momentum: 0.9, dampening: 0.5, weightDecay: 0.01 }),
  'SGD with Nesterov’s momentum': (params) => new SGD(params, { lr: 0.01, momentum: 0.9, nesterov: true }),
  Adam: (params) => new Adam(params, { lr: 0.1, weightDecay: 0.01 }),
  AMSGrad: (params) => new Adam(params, { lr: 0.1, amsgrad: true }),
  AdamW: (params) => new AdamW(params, { lr: 0.1, weightDecay: 0.1 }),
};

/** The parameters after a step for each factor; the loss is factor · Σ w⁴. An infinite factor has no finite gradient. */
function train(make: Make, factors: readonly number[], scaled: boolean, compiled: boolean): number[] {
  const weight = tf.variable(tf.tensor1d([0.5, -1.25, 2]));
  const optimizer = make([weight]);
  const scaler = new GradScaler();
  const loss = (factor: tf.Scalar) => tf.mul(tf.sum(tf.pow(weight, 4)), factor);
  const plain = (factor: tf.Scalar): tf.Scalar[] => [optimizer.minimize(() => loss(factor))];
  const careful = (factor: tf.Scalar): tf.Scalar[] => {
    const { loss: value, finite } = optimizer.minimizeScaled(() => loss(factor), scaler);
    return [value, finite];
  };
  const step = compiled ? compile(scaled ? careful : plain) : scaled ? careful : plain;
  for (const factor of factors) {
    const input = tf.scalar(factor);
    const [value, finite] = step(input);
    if (finite) optimizer.settle(scaler, finite.dataSync()[0] === 1);
    tf.dispose([input, value, finite] as tf.Tensor[]);
  }
  const after = [...weight.dataSync()];
  optimizer.dispose();
  weight.dispose();
  return after;
}

describe('a scaled step', () => {
  for (const [name, make] of Object.entries(optimizers)) {
    for (const compiled of [false, true]) {
      const how = compiled ? 'recorded' : 'single operations';
      it(`${name} (${how}): a power of two as scale changes no bit`, () => {
        const factors = [1, 0.5, 2, 1, 0.25];
        assert.deepEqual(train(make, factors, true, compiled), train(make, factors, false, compiled));
      });

      it(`${name} (${how}): a step without finite gradients moves and counts nothing`, () => {
        const [good, with_] = [
          [1, 0.5, 2],
          [Infinity, 1, NaN, 0.5, Infinity, 2, NaN],
        ];
        assert.deepEqual(train(make, with_, true, compiled), train(make, good, true, compiled));
      });
    }
  }
});

describe('fit with precision', function () {
  this.timeout(60_000);
  const run = async (precision: 'float32' | 'bfloat16' | 'float16', scaler?: GradScaler) => {
    const train = new DataLoader(blobs(64), { batchSize: 16, shuffle: true, seed: 1 });
    const model = new TinyNet();
    const optimizer = new Adam(model.namedParameters(), { lr: 0.05 });
    const options = { epochs: 4, train, loss: nn.crossEntropy as never, optimizer, display: false };
    const history = await fit(model, { ...options, precision, ...(scaler && { scaler }) });
    const types = [...model.stateDict().values()].map(({ dtype }) => dtype);
    model.dispose();
    optimizer.dispose();
    return { losses: history.steps.loss, types };
  };

  it('learns in 16 bits beside float32, its weights in float32', async function () {
    if (tf.device.kind === 'js') this.skip(); // products in 16 bits need TensorFlow's graphs
    const full = await run('float32');
    for (const precision of ['bfloat16', 'float16'] as const) {
      const half = await run(precision);
      assert.equal(half.losses.length, full.losses.length);
      assert.deepEqual(new Set(half.types), new Set(['float32']));
      assert.notDeepEqual(half.losses, full.losses); // rounded …
      half.losses.forEach((loss, i) => assert.ok(Math.abs(loss - full.losses[i]!) < 0.02)); // … a little
    }
  });

  it('finds a scale that fits, and leaves out the steps before', async function () {
    if (tf.device.kind === 'js') this.skip();
    const scaler = new GradScaler({ initScale: 2 ** 126 });
    const { losses } = await run('float16', scaler);
    assert.ok(scaler.scale < 2 ** 126);
    assert.ok(losses.every(Number.isFinite));
    assert.equal(losses.length, 16);
  });

  it('wants recorded steps, and a precision that it knows', async () => {
    const train = new DataLoader(blobs(8), { batchSize: 8 });
    const model = new TinyNet();
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const options = { epochs: 1, train, loss: nn.crossEntropy as never, optimizer, display: false };
    await assert.rejects(fit(model, { ...options, precision: 'float16', compile: false }), {
      name: 'RangeError',
      message: /expected compile true with precision "float16".*got false/,
    });
    await assert.rejects(fit(model, { ...options, precision: 'half' as never }), {
      name: 'RangeError',
      message: 'Cannot fit: expected precision float32, float16, bfloat16, got "half"',
    });
    model.dispose();
  });
});
