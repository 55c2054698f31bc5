import assert from 'node:assert/strict';

import { normal } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import * as nn from '../../src/nn';
import { assertClose } from '../support/close';

describe('softmax() and logSoftmax()', () => {
  const x = normal([2, 3, 4]);
  const sums = (y: tf.Tensor, axis: number) => tf.sum(y, axis).dataSync();

  it('are taken along the last axis unless told otherwise', () => {
    for (const y of [nn.softmax(x), nn.softmax(x, 2), new nn.Softmax().forward(x)]) {
      assertClose(y.dataSync(), tf.softmax(x).dataSync(), 1e-6);
    }
    for (const y of [nn.logSoftmax(x), new nn.LogSoftmax().forward(x)]) {
      assertClose(y.dataSync(), tf.logSoftmax(x).dataSync(), 1e-6);
    }
  });

  it('sum to 1 along every axis, counted from either end, in the shape of the input', () => {
    for (const axis of [0, 1, 2, -1, -2, -3]) {
      const y = nn.softmax(x, axis);
      assert.deepEqual(y.shape, x.shape);
      const at = (axis + 3) % 3;
      assertClose(sums(y, at), new Float32Array(24 / x.shape[at]!).fill(1), 1e-6);
      assertClose(tf.exp(nn.logSoftmax(x, axis)).dataSync(), y.dataSync(), 1e-6);
      const e = tf.exp(x);
      assertClose(y.dataSync(), tf.div(e, tf.sum(e, at, true)).dataSync(), 1e-6);
    }
  });
});

describe('activations as modules', () => {
  it('print their settings as PyTorch does', () => {
    const trees = [
      [new nn.ReLU(), 'ReLU()'],
      [new nn.ReLU({ inplace: true }), 'ReLU(inplace=True)'],
      [new nn.GELU(), "GELU(approximate='none')"],
      [new nn.GELU({ approximate: 'tanh' }), "GELU(approximate='tanh')"],
      [new nn.Softmax(), 'Softmax(dim=-1)'],
      [new nn.LogSoftmax(1), 'LogSoftmax(dim=1)'],
    ] as const;
    for (const [module, tree] of trees) assert.equal(String(module), tree);
  });

  it('gelu() is the exact one unless told otherwise', () => {
    const x = tf.tensor1d([1]);
    assertClose(nn.gelu(x).dataSync(), [0.841344746], 1e-6); // Φ(1)
    assertClose(nn.gelu(x, { approximate: 'tanh' }).dataSync(), [0.841191991], 1e-6);
  });
});
