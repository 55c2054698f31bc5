/** First steps of optimizers, and options that only a group may have. */
import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { ASGD, type Optimizer, RAdam, RMSprop, Rprop, SGD } from '../../../src/helpers/optim/optimizers';
import { LinearLR } from '../../../src/helpers/optim/schedulers';
import { assertClose } from '../../support/close';

/** Values are PyTorch 2.11's: gradients g, −g/2, g, g. */
describe('groups and first steps', () => {
  const turns = [1, -0.5, 1, 1];
  const run = (optimizer: Optimizer, values: readonly [tf.Variable, number[]][], after = () => {}) =>
    turns.map((turn) => {
      const each = values.map(([v, g]) => [v, tf.tensor(g.map((x) => x * turn), v.shape)] as const); // prettier-ignore
      optimizer.step(new Map(each));
      after();
      return values.flatMap(([v]) => [...v.dataSync()]);
    });

  for (const [Kind, expected] of [
    [
      ASGD,
      [
        [0.989999, -2.004998],
        [0.994998, -2.0024958],
        [0.9624949, -2.018739],
        [0.9074903, -2.0462277],
      ],
    ],
    [
      Rprop,
      [
        [0.99, -2.01],
        [0.99, -2.01],
        [0.985, -2.015],
        [0.979, -2.021],
      ],
    ],
  ] as const) {
    // prettier-ignore
    it(`${Kind.name} begins with the learning rate that its first step finds, not with that it was built with`, () => {
      const p = tf.variable(tf.tensor1d([1, -2]));
      const optimizer = new Kind([p], { lr: 0.1 });
      const warmup = new LinearLR(optimizer, { startFactor: 0.1, totalIters: 4 });
      assertClose(run(optimizer, [[p, [1, 0.5]]], () => warmup.step()).flat(), expected.flat(), 1e-6);
    });
  }

  it('SGD’s Nesterov may meet dampening, or no momentum, in a group', () => {
    const two = () => [tf.variable(tf.tensor1d([1])), tf.variable(tf.tensor1d([2]))] as const;
    const [a, c] = two();
    const groups = [
      { params: [a], nesterov: true },
      { params: [c], momentum: 0 },
    ];
    const dampened = new SGD(groups, { lr: 0.1, momentum: 0.9, dampening: 0.3 });
    const first = [[0.81, 1.95], [0.8105, 1.975], [0.60295, 1.925], [0.343155, 1.875]]; // prettier-ignore
    assertClose(run(dampened, [[a, [1]], [c, [0.5]]]).flat(), first.flat(), 1e-6); // prettier-ignore
    const [d, e] = two();
    const plain = new SGD([{ params: [d] }, { params: [e], momentum: 0 }], { lr: 0.1, momentum: 0.9, nesterov: true }); // prettier-ignore
    const second = [[0.81, 1.95], [0.824, 1.975], [0.6016, 1.925], [0.30144, 1.875]]; // prettier-ignore
    assertClose(run(plain, [[d, [1]], [e, [0.5]]]).flat(), second.flat(), 1e-6); // prettier-ignore
  });

  it('running squares overflow no earlier than there', () => {
    const p = tf.variable(tf.tensor1d([1]));
    const optimizer = new RMSprop([p], { lr: 1, alpha: 1, eps: 1 });
    optimizer.step(new Map([[p, tf.tensor1d([1e25])]]));
    assert.ok(Math.abs(p.dataSync()[0]! / -1e25 - 1) < 1e-6);
    const still = new RAdam([p], { betas: [0.5, 0.6], eps: 0 });
    p.assign(tf.tensor1d([1]));
    for (let i = 0; i < 3; i++) still.step(new Map([[p, tf.tensor1d([0])]]));
    assert.equal(p.dataSync()[0], 1);
  });
});
