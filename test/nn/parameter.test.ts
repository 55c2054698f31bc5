import assert from 'node:assert/strict';

import * as tf from '../../src/engine/tf';
import * as nn from '../../src/nn';
import { isBuffer, layoutOf } from '../../src/nn/parameter';

describe('parameters and buffers', () => {
  it('know their role and the order of their axes', () => {
    const roles = [nn.parameter(tf.ones([1])), nn.buffer(tf.ones([1])), tf.variable(tf.ones([1]))] as const;
    assert.deepEqual(
      roles.map((variable) => [variable.trainable, isBuffer(variable), layoutOf(variable)]),
      [
        [true, false, 'plain'],
        [false, true, 'plain'],
        [true, false, 'plain'],
      ],
    );
    assert.equal(layoutOf(new nn.Conv2d(1, 1, 3).weight), 'HWIO');
  });

  it('take over the value that they are made of', () => {
    const value = tf.ones([1]);
    const made = nn.parameter(value);
    assert.ok(value.isDisposed);
    assert.deepEqual([...made.dataSync()], [1]);
  });
});

describe('first values', () => {
  it('of an Embedding are zero at paddingIdx alone, counted from either end', () => {
    for (const [paddingIdx, row] of [
      [0, 0],
      [2, 2],
      [-1, 2],
      [-3, 0],
    ] as const) {
      // prettier-ignore
      const { weight, paddingIdx: known } = new nn.Embedding(3, 4, { paddingIdx });
      const zero = [...tf.all(tf.equal(weight, 0), 1).dataSync()];
      assert.deepEqual([known, zero], [row, [0, 1, 2].map((i) => Number(i === row))]);
    }
    assert.equal(new nn.Embedding(3, 4).paddingIdx, undefined);
    assert.equal(String(new nn.Embedding(3, 4, { paddingIdx: 0 })), 'Embedding(3, 4, padding_idx=0)');
  });
});

describe('Dropout at its ends', () => {
  it('keeps all with 0 and nothing with 1', () => {
    const x = tf.ones([20]);
    assert.deepEqual([...new nn.Dropout(0).forward(x).dataSync()], new Array(20).fill(1));
    assert.deepEqual([...new nn.Dropout(1).forward(x).dataSync()], new Array(20).fill(0));
  });
});

describe('Conv2d padding', () => {
  const x = tf.reshape(tf.range(0, 50), [1, 5, 5, 2]);
  const results = (padding: number | 'same' | 'valid', kernel: number, dilation: number) => {
    const conv = new nn.Conv2d(2, 1, kernel, { padding, dilation });
    conv.weight.assign(tf.ones(conv.weight.shape));
    conv.bias!.assign(tf.zeros([1]));
    const y = conv.forward(x);
    return [y.shape, [...y.dataSync()]];
  };

  it("'valid' is none, 'same' keeps the size, dilated kernels too", () => {
    assert.deepEqual(results('valid', 3, 1), results(0, 3, 1));
    assert.deepEqual(results('same', 3, 1), results(1, 3, 1));
    assert.deepEqual(results('same', 3, 2), results(2, 3, 2));
    assert.deepEqual(results('same', 2, 2), results(1, 2, 2));
    assert.deepEqual(results('same', 2, 1)[0], x.shape.with(3, 1));
  });

  it('stands in the tree unless it is 0, as in PyTorch', () => {
    const tree = (padding: number | 'same' | 'valid') =>
      String(new nn.Conv2d(2, 1, 3, { padding })).replace(/.*stride=\(1, 1\)/, '');
    assert.equal(tree(0), ')');
    assert.equal(tree(1), ', padding=(1, 1))');
    assert.equal(tree('same'), ', padding=same)');
    assert.equal(tree('valid'), ', padding=valid)');
  });
});
