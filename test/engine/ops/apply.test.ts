import assert from 'node:assert/strict';

import { adamScalars, applyAdam, applySgd } from '../../../src/engine/ops/apply';
import * as tf from '../../../src/engine/tf';
import { assertClose } from '../../support/close';
import { tensorsLeft } from '../../support/memory';

// three steps of PyTorch 2.11 from the same start with the same gradients; the last gradient is small enough for
// Adam's eps to show
const start = [1, -2, 0.5];
const gradients = [
  [0.1, -0.2, 1e-6],
  [0.3, 0.4, -1e-6],
  [-0.5, 0.6, 2e-6],
];

function run(step: (parameter: tf.Variable, gradient: tf.Tensor) => void): Float32Array {
  const parameter = tf.tidy(() => tf.variable(tf.tensor1d(start)));
  for (const gradient of gradients) tf.tidy(() => step(parameter, tf.tensor1d(gradient)));
  return parameter.dataSync<'float32'>();
}

const zeros = (): tf.Variable => tf.variable(tf.zeros([3]));

describe('applySgd', () => {
  it("equals PyTorch's SGD", () => {
    const parameter = run((p, g) => applySgd(p, g, { lr: tf.scalar(0.1) }));
    assertClose(parameter, [1.0099999904632568, -2.0799999237060547, 0.4999997913837433], 1e-7);
  });

  it('equals it with momentum', () => {
    const buffer = zeros();
    const parameter = run((p, g) => applySgd(p, g, { lr: tf.scalar(0.1), momentum: tf.scalar(0.9), buffer }));
    assertClose(parameter, [0.9659000635147095, -2.0817999839782715, 0.4999997317790985], 1e-7);
  });

  it('equals it with nesterov', () => {
    const buffer = zeros();
    const options = { lr: tf.scalar(0.1), momentum: tf.scalar(0.9), buffer, nesterov: true };
    const parameter = run((p, g) => applySgd(p, g, options));
    assertClose(parameter, [0.9793099761009216, -2.1536200046539307, 0.4999995827674866], 1e-7);
  });

  it('refuses momentum without a buffer', () => {
    const parameter = tf.variable(tf.tensor1d(start));
    assert.throws(
      () => applySgd(parameter, parameter, { lr: tf.scalar(0.1), momentum: tf.scalar(0.9) }),
      /TypeError: Cannot apply SGD: expected a buffer variable with momentum, got none/,
    );
  });
});

describe('applyAdam', () => {
  it("equals PyTorch's Adam, the place of eps included, and leaves no tensor behind", async () => {
    const [expAvg, expAvgSq] = [zeros(), zeros()];
    const betas = [0.9, 0.999] as const;
    let steps = 0;
    const before = await tensorsLeft();
    const parameter = run((p, g) => {
      const scalars = adamScalars(() => ({ lr: 0.1, betas, eps: 1e-8, step: ++steps }));
      const decays = [tf.scalar(betas[0]), tf.scalar(betas[1])] as const;
      applyAdam(p, g, { betas: decays, expAvg, expAvgSq, ...scalars });
    });
    assertClose(parameter, [0.8243132829666138, -2.004746198654175, 0.3567267060279846], 2e-7);
    assert.equal(steps, 3);
    if (tf.getBackend() === 'tensorflow') assert.ok((await tensorsLeft(before)) <= before); // plain arrays are V8's own
  });
});
