/** Schedulers where no rate follows, at steps that they are told, and over groups that came later. */
import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { type Optimizer, SGD } from '../../../src/helpers/optim/optimizers';
import * as schedulers from '../../../src/helpers/optim/schedulers';

const [w, b] = [tf.variable(tf.zeros([1])), tf.variable(tf.zeros([1]))];
const sgd = () => new SGD([w], { lr: 1, momentum: 0.9 });
type Build = new (optimizer: Optimizer, options: object) => schedulers.LRScheduler;
const build = (kind: keyof typeof schedulers, options: object, optimizer: Optimizer = sgd()) =>
  new (schedulers[kind] as unknown as Build)(optimizer, options);

describe('a scheduler', () => {
  it('says where no learning rate follows from its options, as where PyTorch divides by zero', () => {
    const [constant, first, last] = [
      build('ConstantLR', { factor: 0, totalIters: 2 }),
      () => build('OneCycleLR', { maxLr: 1, totalSteps: 10, pctStart: 0.1 }),
      build('OneCycleLR', { maxLr: 1, totalSteps: 2, pctStart: 1 }),
    ] as const;
    const none = (kind: string, step: number) =>
      new RegExp(
        `^RangeError: Cannot step ${kind}: expected options from which a learning rate follows at step ${step}, got`,
      );
    constant.step();
    assert.throws(() => constant.step(), none('ConstantLR', 2));
    assert.throws(first, none('OneCycleLR', 0));
    last.step();
    assert.throws(() => last.step(), none('OneCycleLR', 2));
    const cycle = { baseLr: 0.1, maxLr: 1, stepSizeUp: 0, stepSizeDown: 5 };
    assert.throws(() => build('CyclicLR', cycle), none('CyclicLR', 0));
  });

  it('takes steps, not metrics, and goes on alone where groups hold their first rates', () => {
    const step = build('StepLR', { stepSize: 3 });
    assert.throws(
      () => step.step(0.25),
      /Cannot step StepLR: expected a whole epoch of 0 or more, got 0.25; Reduce/,
    );
    const restarts = build('CosineAnnealingWarmRestarts', { t0: 3 });
    assert.throws(
      () => restarts.step(-0.5),
      /Cannot step CosineAnnealingWarmRestarts: expected an epoch of 0 or/,
    );
    assert.throws(
      () => build('StepLR', { stepSize: 3, lastEpoch: 4 }),
      /expected initialLr in every parameter group to go on from lastEpoch 4, got none in group 0; load the/,
    );
  });

  it('leaves a group alone that was added since', () => {
    const optimizer = sgd();
    const scheduler = build('CyclicLR', { baseLr: 0.1, maxLr: 1, stepSizeUp: 2 }, optimizer);
    optimizer.addParamGroup({ params: [b], lr: 0.3 });
    scheduler.step();
    assert.deepEqual(
      optimizer.paramGroups.map(({ lr, momentum }) => [lr.toFixed(6), momentum.toFixed(6)]),
      [['0.550000', '0.850000'], ['0.300000', '0.900000']],
    ); // prettier-ignore
  });
});
