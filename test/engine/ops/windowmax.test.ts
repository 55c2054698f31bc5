import assert from 'node:assert/strict';

import { isNative } from '../../../src/engine/backend/rawops';
import { compile } from '../../../src/engine/compile';
import { tensor } from '../../../src/engine/tensor';
import * as tf from '../../../src/engine/tf';
import * as F from '../../../src/nn/functional';

/** Values and gradients beside PyTorch's are in test/nn/corners.test.ts. */
describe('max pools of our own', () => {
  const squares = (x: tf.Tensor): tf.Tensor => tf.sum(tf.square(F.maxPool1d(x, 2)));
  const second = (x: tf.Tensor): tf.Tensor => {
    const leaf = x.detach().requiresGrad_();
    squares(leaf).backward({ createGraph: true });
    const slope = leaf.grad!;
    leaf.grad = null;
    tf.sum(tf.square(slope)).backward();
    return leaf.grad!;
  };

  it('have gradients of gradients, also under tf.grad and recorded', function () {
    if (!isNative()) this.skip(); // TensorFlow.js has no gradient of its own gradient
    const x = tensor([1, 3, 2, 4, 5, 5]).view(1, 6, 1);
    const expected = [0, 24, 0, 32, 40, 0];
    assert.deepEqual([...second(x).dataSync()], expected);
    const slope = (y: tf.Tensor): tf.Tensor => tf.sum(tf.square(tf.grad(squares)(y)));
    assert.deepEqual([...tf.grad(slope)(x).dataSync()], expected);
    const step = compile(second);
    step(x);
    assert.deepEqual([...step(x).dataSync()], expected);
    step.dispose();
  });

  it('go over any number of channels, and batches of none', () => {
    for (const channels of [1, 3, 7, 8, 9, 31]) {
      const values = Array.from({ length: 4 * channels }, (_, i) => ((i * 7) % 11) - 5);
      const y = F.maxPool2d(tensor(values).view(1, 2, 2, channels), 2).dataSync();
      const column = (c: number): number =>
        Math.max(...[0, 1, 2, 3].map((place) => values[place * channels + c]!));
      assert.deepEqual(
        [...y],
        Array.from({ length: channels }, (_, c) => column(c)),
      );
    }
    assert.deepEqual(F.maxPool2d(tf.zeros([0, 4, 4, 3]), 2).shape, [0, 2, 2, 3]);
  });
});
