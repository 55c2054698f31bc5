import assert from 'node:assert/strict';

import { compile } from '../../../../src/engine/compile';
import { manualSeed } from '../../../../src/engine/random';
import * as tf from '../../../../src/engine/tf';
import * as transforms from '../../../../src/helpers/data/transforms';

const rows = (x: tf.Tensor): number[] => Array.from(x.dataSync());

describe('LinearTransformation', () => {
  it('maps an image laid out as PyTorch does, channel after channel', () => {
    const x = tf.tensor4d([1, 10, 2, 20, 3, 30], [1, 1, 3, 2]); // channels 1 2 3 and 10 20 30
    const mean = tf.tensor1d([1, 1, 1, 10, 10, 10]);
    const shifted = tf.tensor2d(Array.from({ length: 6 }, (_, i) => Array.from({ length: 6 }, (_, j) => (j === (i + 1) % 6 ? i + 1 : 0)))); // prettier-ignore
    // (0, 1, 2, 0, 10, 20) times (1 … 6), each value one place on
    const result = new transforms.LinearTransformation(shifted, mean).forward(x);
    assert.deepEqual(rows(tf.transpose(result, [0, 3, 1, 2])), [120, 0, 2, 6, 0, 50]);
  });

  it('refuses other sizes', () => {
    const square = tf.ones<tf.Rank.R2>([4, 4]);
    assert.throws(
      () => new transforms.LinearTransformation(square, tf.ones([3])),
      /^RangeError: .*\[4, 4\] and \[3\]$/,
    );
    const layer = new transforms.LinearTransformation(square, tf.ones([4]));
    assert.throws(
      () => layer.forward(tf.ones([1, 3, 1, 1])),
      /^TypeError: .*images of 4 values, got \[1, 3, 1, 1\]$/,
    );
  });
});

describe('RandomChannelPermutation', () => {
  it('gives each image an order of its own, recorded too', () => {
    manualSeed(1);
    const x = tf.tile<tf.Tensor4D>(tf.tensor4d([1, 2, 3, 4, 5, 6], [1, 2, 1, 3]), [60, 1, 1, 1]);
    const permute = new transforms.RandomChannelPermutation();
    const step = compile((images: tf.Tensor4D) => permute.forward(images));
    step(x);
    for (const result of [permute.forward(x), step(x)]) {
      const orders = (tf.reshape(result, [60, 6]).arraySync() as number[][]).map((image) => {
        assert.deepEqual(image.slice(3), image.slice(0, 3).map((value) => value + 3)); // prettier-ignore
        return String(image.slice(0, 3));
      });
      assert.equal(new Set(orders).size, 6);
    }
  });
});

describe('RandomPhotometricDistort', () => {
  const x = tf.tile<tf.Tensor4D>(tf.tensor4d([0.2, 0.4, 0.5, 0.6, 0.3, 0.35], [1, 2, 1, 3]), [200, 1, 1, 1]);
  const none = { brightness: [1, 1], contrast: [1, 1], saturation: [1, 1], hue: [0, 0] } as const;
  const changed = (transform: transforms.RandomPhotometricDistort): number =>
    rows(tf.max(tf.abs(tf.sub(transform.forward(x), x)), [1, 2, 3])).filter((far) => far > 1e-4).length;

  beforeEach(() => manualSeed(4));

  it('leaves images alone with p 0, and changes almost all by default', () => {
    assert.equal(changed(new transforms.RandomPhotometricDistort({ p: 0 })), 0);
    assert.ok(changed(new transforms.RandomPhotometricDistort()) > 180); // 1 − 2⁻⁵ of 200 are 194
  });

  it('draws each change with probability p, the order of channels too', () => {
    const share = changed(new transforms.RandomPhotometricDistort({ ...none, p: 0.5 })) / 200;
    assert.ok(Math.abs(share - 5 / 12) < 0.09, `${share}`); // half of them, of which one of six orders changes nothing
    for (const key of ['brightness', 'contrast', 'saturation'] as const) {
      const options = { ...none, [key]: [0.5, 0.6], p: 0.5 };
      const one = changed(new transforms.RandomPhotometricDistort(options)) / 200;
      assert.ok(Math.abs(one - (1 - (7 / 12) * 0.5)) < 0.09, `${key} ${one}`);
    }
  });

  it('of whole numbers gives whole numbers', () => {
    const whole = tf.cast(tf.mul(x, 255), 'int32');
    assert.equal(new transforms.RandomPhotometricDistort({ p: 1 }).forward(whole).dtype, 'int32');
  });
});
