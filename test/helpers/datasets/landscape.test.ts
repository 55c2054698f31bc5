import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { landscape } from '../../../src/helpers/datasets/landscape';

describe('landscape()', () => {
  it('draws colours in 0 … 1 at any size', () => {
    const x = landscape(48);
    assert.deepEqual([x.shape, x.dtype], [[1, 48, 48, 3], 'float32']);
    const values = x.dataSync();
    assert.ok(values.every((value) => value >= 0 && value <= 1));
    assert.ok(new Set(values).size > 200);
    x.dispose();
  });

  it('has no symmetry that would hide a flip or a turn', () => {
    tf.tidy(() => {
      const x = landscape(32);
      const turned = tf.transpose(x, [0, 2, 1, 3]);
      for (const other of [tf.reverse(x, 2), tf.reverse(x, 1), tf.reverse(x, [1, 2]), turned]) {
        assert.ok((tf.mean(tf.abs(tf.sub(x, other))).dataSync()[0] ?? 0) > 0.05);
      }
    });
  });

  it('refuses a size that is none', () => {
    assert.throws(() => landscape(0), /^RangeError: Cannot draw landscape: .* got 0$/);
  });
});
