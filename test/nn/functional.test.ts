import assert from 'node:assert/strict';

import { F, nn, randn, tensor } from '../../src';

describe('F', () => {
  it('leakyRelu has the slope 0.01 unless told otherwise', () => {
    const x = tensor([-2, 0, 3]);
    assert.ok(F.leakyRelu(x).allclose(tensor([-0.02, 0, 3])));
    assert.ok(F.leakyRelu(x, 0.5).allclose(tensor([-1, 0, 3])));
  });

  it('oneHot makes int32 rows, as many as told or as there are classes', () => {
    const x = tensor([1, 0], { dtype: 'int32' });
    assert.deepEqual(F.oneHot(x, 3).tolist(), [
      [0, 1, 0],
      [1, 0, 0],
    ]);
    assert.deepEqual([F.oneHot(x).shape, F.oneHot(x).dtype], [[2, 2], 'int32']);
    assert.throws(
      () => F.oneHot(tensor([1, 0])),
      /Cannot call oneHot: expected int32 class numbers, got float32/,
    );
  });

  it('conv2d is the layer with kernel and bias given', () => {
    const x = randn(2, 7, 6, 4);
    const layers = [
      [new nn.Conv2d(4, 6, 3, { padding: 1, stride: 2 }), { padding: 1, stride: 2 }],
      [
        new nn.Conv2d(4, 6, [2, 3], { padding: 'same', groups: 2, bias: false }),
        { padding: 'same', groups: 2 },
      ],
    ] as const;
    for (const [layer, options] of layers) {
      assert.ok(F.conv2d(x, layer.weight, layer.bias, options).equals(layer.forward(x)));
    }
    assert.throws(() => F.conv2d(x, randn(3, 3, 5, 2)), /Cannot call conv2d/);
    assert.throws(() => F.conv2d(x, randn(8, 3, 4, 2)), /Cannot call conv2d/);
  });
});
