import assert from 'node:assert/strict';

import * as tf from '../../src/engine/tf';
import * as nn from '../../src/nn';

const counting = (...shape: number[]) => tf.reshape(tf.range(0, tf.util.sizeFromShape(shape)), shape);

describe('flatten()', () => {
  it('joins all axes but the first, or those from one to another, ends included', () => {
    const x = counting(2, 3, 4);
    const cases = [
      [nn.flatten(x), [2, 12]],
      [nn.flatten(x, 0, 1), [6, 4]],
      [nn.flatten(x, 0, -1), [24]],
      [nn.flatten(x, -2, -1), [2, 12]],
      [nn.flatten(x, 1, 1), [2, 3, 4]],
      [nn.flatten(x, 2, 2), [2, 3, 4]],
      [new nn.Flatten(0, 1).forward(x), [6, 4]],
    ] as const;
    for (const [y, shape] of cases) {
      assert.deepEqual(y.shape, shape);
      assert.deepEqual(y.dataSync(), x.dataSync()); // only images change their order
    }
  });

  it('reads images channel by channel, as PyTorch has them', () => {
    const x = counting(1, 2, 2, 3); // [b, h, w, c]
    const order = [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11];
    assert.deepEqual([...nn.flatten(x).dataSync()], order);
    const rows = nn.flatten(x, 2, 3); // of [b, c, h, w]
    assert.deepEqual([rows.shape, [...rows.dataSync()]], [[1, 3, 4], order]);
    const volumes = nn.flatten(counting(1, 2, 1, 2, 3)); // [b, d, h, w, c]
    assert.deepEqual([volumes.shape, [...volumes.dataSync()]], [[1, 12], order]);
  });
});
