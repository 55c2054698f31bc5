import assert from 'node:assert/strict';

import { manualSeed, randomState } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { DataLoader } from '../../../src/helpers/data/loader';
import { lrFinder } from '../../../src/helpers/inspect/lrfinder';
import { overfitOneBatch } from '../../../src/helpers/inspect/overfit';
import { Adam, SGD } from '../../../src/helpers/optim/optimizers';
import { saveState } from '../../../src/helpers/train/weights';
import * as nn from '../../../src/nn';
import { blobs, TinyNet } from '../../support/blobs';
import { printed } from '../../support/kernel';
import { tensorsLeft } from '../../support/memory';

function setup() {
  const train = new DataLoader(blobs(64), { batchSize: 16, shuffle: true });
  manualSeed(4);
  const model = new TinyNet();
  return { train, model, optimizer: new Adam(model.namedParameters(), { lr: 0.01 }), loss: nn.crossEntropy };
}

/** A loss of curvature / 2 · w²: gradient descent is fastest at a rate of 1 / curvature and diverges beyond 2 / curvature. */
class Bowl extends nn.Module {
  readonly w = nn.parameter(tf.ones([1]));

  forward(x: tf.Tensor2D): tf.Tensor2D {
    return tf.mul(x, this.w);
  }
}

const one = [[tf.ones([1, 1]), tf.zeros([1])] as const];

/** Sweeps a bowl whose loss is `of` the mean square of its output, 200 rates from 1e-6 to 1000. */
function sweepBowl(of: (square: tf.Scalar) => tf.Scalar, steps = 200) {
  const model = new Bowl();
  const optimizer = new SGD(model.namedParameters(), { lr: 1 });
  const loss = (output: tf.Tensor) => of(tf.mean(tf.square(output)));
  return lrFinder(model, { train: one, optimizer, loss, steps, startLr: 1e-6, endLr: 1000, compile: false });
}

describe('lrFinder()', () => {
  for (const curvature of [0.1, 1, 10, 100]) {
    it(`suggests a rate up to ten times below the best one, never above it: curvature ${curvature}`, async () => {
      const { suggestion } = await sweepBowl((square) => tf.mul(square, curvature / 2));
      const share = suggestion * curvature;
      assert.ok(share > 0.1 && share < 1, `${share} of the best rate`);
    });
  }

  it('sweeps the rates in equal steps of their logarithm', async () => {
    const { lr, loss } = await sweepBowl((square) => tf.mul(square, 0), 10);
    lr.forEach((rate, i) => assert.ok(Math.abs(Math.log10(rate) - (i - 6)) < 1e-6, `${rate}`));
    assert.deepEqual([lr.length, loss.length], [10, 10]);
  });

  it('stops where the smoothed loss is more than four times the best, or not a number', async () => {
    /** How many rates are taken when the loss is 1 at first and `then` ever after. */
    const taken = async (then: number) => {
      let calls = 0;
      return (await sweepBowl((square) => tf.add(tf.mul(square, 0), calls++ === 0 ? 1 : then), 10)).lr.length;
    };
    // Two losses 1 and v come to a smoothed (0.98 · 0.02 · 1 + 0.02 · v) / (1 − 0.98²), 4 at v = 6.94.
    assert.equal(await taken(6.95), 1);
    assert.ok((await taken(6.93)) > 1);
    assert.equal(await taken(NaN), 1);
    assert.equal(await taken(Infinity), 1);
  });

  it('keeps to the sweep and leaves everything as it was', async () => {
    const { train, model, optimizer, loss } = setup();
    const [weights, random, loader] = [saveState(model), randomState(), train.stateDict()];
    const found = await lrFinder(model, {
      train,
      loss,
      optimizer,
      steps: 40,
      startLr: 1e-4,
      endLr: 10,
      compile: false,
    });
    assert.equal(found.lr.length, found.loss.length);
    assert.ok(found.suggestion > 1e-4 && found.suggestion < 10, `${found.suggestion}`);
    assert.ok(found.loss.every(Number.isFinite));
    assert.deepEqual(saveState(model), weights);
    assert.deepEqual([randomState(), train.stateDict(), optimizer.lr], [random, loader, 0.01]);
    assert.equal(Object.values(optimizer.stateDict().state)[0]?.step, 0);
  });

  it('walks its batches again and again, and keeps no tensor', async () => {
    const { train, model, optimizer, loss } = setup();
    const before = await tensorsLeft();
    const { lr } = await lrFinder(model, { train, loss, optimizer, steps: 10, endLr: 1e-3, compile: false });
    assert.equal(lr.length, 10); // of four batches
    assert.deepEqual([lr[0], lr[9]!.toFixed(6)], [1e-6, '0.001000']);
    assert.ok((await tensorsLeft(before)) <= before);
  });

  it('leaves the noisy beginning out of the suggestion, and what comes behind the lowest loss', async () => {
    /** Losses planted step by step; smoothed, but in the same order. */
    const suggested = async (losses: readonly number[]) => {
      let calls = 0;
      const found = await sweepBowl((square) => tf.add(tf.mul(square, 0), losses[calls++]!), losses.length);
      return [found.lr.indexOf(found.suggestion), found.loss.indexOf(Math.min(...found.loss))];
    };
    const flat = new Array<number>(20).fill(10);
    const steps = (...falls: readonly (readonly [at: number, to: number])[]) =>
      flat.map((v, i) => falls.findLast(([at]) => at <= i)?.[1] ?? v);
    const [at, lowest] = await suggested(steps([3, 9.5], [10, 6], [18, 12])) as [number, number]; // prettier-ignore
    assert.equal(at, 10); // the first rate of the great fall
    assert.equal(lowest, 17);
    // only rising: the first rate
    assert.deepEqual(await suggested(flat.map((v, i) => v + i / 10)), [0, 0]);
  });
});

describe('overfitOneBatch()', () => {
  it('says whether a batch can be learned by heart', async () => {
    const { train, model, optimizer, loss } = setup();
    optimizer.lr = 0.05;
    const options = { loss, optimizer, target: 0.2, compile: false };
    const lines = await printed(async () => {
      const { learned, losses } = await overfitOneBatch(model, train.dataset.gather([0, 1, 2, 3]), options);
      assert.ok(learned && losses.length < 200);
      const few = await overfitOneBatch(model, train.dataset.gather([0, 1]), {
        ...options,
        steps: 2,
        target: 0,
      });
      assert.deepEqual([few.learned, few.losses.length], [false, 2]);
    });
    assert.match(lines.join('\n'), /✓ \d+ 步后损失降到[^]*✗ 2 步后损失仍为/);
  });

  it('stops at a loss that is not finite, keeps no tensor and takes 200 steps down to 0.01 by default', async () => {
    const { train, model, optimizer } = setup();
    const batch = train.dataset.gather([0, 1]);
    const constant = (value: number) => (output: tf.Tensor) => tf.add(tf.mul(tf.sum(output), 0), value);
    const run = (value: number) =>
      overfitOneBatch(model, batch, { loss: constant(value), optimizer, compile: false });
    const before = await tensorsLeft();
    await printed(async () => {
      assert.deepEqual(await run(Infinity), { losses: [Infinity], learned: false });
      const just = await run(Math.fround(0.0101));
      assert.deepEqual([just.losses.length, just.learned], [200, false]);
      assert.deepEqual((await run(0.009)).losses.length, 1);
    });
    assert.ok((await tensorsLeft(before)) <= before);
    tf.dispose(batch);
  });
});

describe('lrFinder() of a loss that is NaN', () => {
  it('says so instead of suggesting a rate, and leaves the model as it was', async () => {
    const { train, model, optimizer } = setup();
    const before = saveState(model);
    const loss = (output: tf.Tensor) => tf.mul<tf.Scalar>(tf.mean(output), NaN);
    await assert.rejects(
      lrFinder(model, { train, optimizer, loss, steps: 10 }),
      /^RangeError: Cannot find learning rate: expected a finite loss at the first rate 0\.000001, got NaN; look for NaN in the data/,
    );
    assert.deepEqual(saveState(model), before);
  });
});
