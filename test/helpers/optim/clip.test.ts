import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { clipGradNorm, clipGradValue } from '../../../src/helpers/optim/clip';
import recorded from '../../fixtures/optimizers.json';
import { assertClose } from '../../support/close';

const given = () =>
  new Map<string, tf.Tensor>([
    ['weight', tf.tensor(recorded.gradients[3]!.weight, [3, 2])],
    ['bias', tf.tensor(recorded.gradients[3]!.bias, [2])],
  ]);

describe('clipGradNorm', () => {
  for (const { normType, maxNorm, total, grads } of recorded.clips) {
    it(`equals PyTorch's for norm ${normType} and limit ${maxNorm}`, () => {
      const own = given();
      const before = tf.memory().numTensors;
      const norm = clipGradNorm(own, maxNorm, { normType: normType === 'inf' ? Infinity : Number(normType) });
      assert.equal(tf.memory().numTensors, before + 1);
      assertClose(norm.dataSync(), [total], 1e-5);
      [...own.values()].forEach((gradient, i) => assertClose(gradient.dataSync(), grads[i]!, 1e-6));
      assert.deepEqual(own.get('weight')?.shape, [3, 2]);
    });
  }

  it('gives 0 for no gradients', () => assert.equal(clipGradNorm(new Map(), 1).dataSync()[0], 0));

  it('refuses a limit that is no number', () => {
    assert.throws(() => clipGradNorm(given(), NaN), {
      name: 'RangeError',
      message: 'Cannot clip gradients: expected maxNorm at least 0, got NaN',
    });
  });
});

describe('clipGradValue', () => {
  it('cuts every element to the limits', () => {
    const own = given();
    clipGradValue(own, 0.5);
    const cut = recorded.gradients[3]!.weight.map((v) => Math.max(-0.5, Math.min(0.5, v)));
    assertClose(own.get('weight')!.dataSync(), cut, 0);
  });
});
