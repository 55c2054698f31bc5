import assert from 'node:assert/strict';

import { manualSeed } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import * as nn from '../../src/nn';

describe('dropout', () => {
  beforeEach(() => manualSeed(3));

  const whole: [string, new (p?: number) => nn.Layer, number[]][] = [
    ['Dropout1d', nn.Dropout1d, [20, 4, 50]],
    ['Dropout2d', nn.Dropout2d, [20, 2, 3, 50]],
    ['Dropout3d', nn.Dropout3d, [20, 2, 2, 3, 50]],
  ];
  for (const [name, Layer, shape] of whole) {
    it(`${name} drops whole channels of each sample and scales the others`, () => {
      const layer = new Layer(0.25);
      const y = tf.reshape(layer.forward(tf.ones(shape)), [20, -1, 50]).arraySync() as number[][][];
      const values = y.flatMap((sample) =>
        sample[0]!.map((first, c) => {
          assert.ok(sample.every((place) => place[c] === first));
          return first;
        }),
      );
      const dropped = values.filter((value) => value === 0).length / values.length;
      assert.ok(Math.abs(dropped - 0.25) < 0.05, `${dropped} dropped`);
      assert.ok(values.every((value) => value === 0 || Math.abs(value - 4 / 3) < 1e-6));
      const x = tf.ones(shape);
      assert.equal(layer.eval().forward(x), x);
    });
  }

  it('AlphaDropout and FeatureAlphaDropout keep mean and variance', () => {
    for (const layer of [new nn.AlphaDropout(0.3), new nn.FeatureAlphaDropout(0.3)]) {
      const { mean, variance } = tf.moments(
        layer.forward(tf.randomNormal([400, 2, 100], 0, 1, 'float32', 1)),
      );
      assert.ok(Math.abs(mean.dataSync()[0]!) < 0.02, `mean ${mean.dataSync()[0]}`);
      assert.ok(Math.abs(variance.dataSync()[0]! - 1) < 0.03, `variance ${variance.dataSync()[0]}`);
    }
    assert.deepEqual([...nn.alphaDropout(tf.ones([3]), { p: 1 }).dataSync()], [0, 0, 0]);
  });

  it('refuses a share outside [0, 1]', () => {
    assert.throws(
      () => new nn.Dropout2d(1.5),
      /RangeError|Cannot build Dropout2d: p must be in \[0, 1\], got 1.5/,
    );
    assert.throws(() => nn.dropout(tf.ones([2]), { p: -1 }), /Cannot call dropout: p must be in/);
  });
});
