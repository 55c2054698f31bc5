import assert from 'node:assert/strict';

import { manualSeed } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import * as nn from '../../src/nn';

const { init } = nn;
const weight = nn.parameter(tf.zeros([120, 80])); // fanIn 80, fanOut 120
const kernel = new nn.Conv2d(16, 24, 3).weight; // PyTorch's [24, 16, 3, 3]: fanIn 144, fanOut 216
const turned = new nn.ConvTranspose2d(16, 24, 3).weight; // PyTorch's [16, 24, 3, 3]: fanIn 216

function spread(x: tf.Tensor): { low: number; high: number; mean: number; std: number } {
  const values = Array.from(x.dataSync());
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const std = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
  return { low: Math.min(...values), high: Math.max(...values), mean, std };
}

describe('nn.init', () => {
  beforeEach(() => manualSeed(1));

  const bounds: [string, () => tf.Tensor, number][] = [
    ['xavierUniform_', () => init.xavierUniform_(weight), Math.sqrt(6 / 200)],
    ['xavierUniform_ with a gain', () => init.xavierUniform_(weight, 2), 2 * Math.sqrt(6 / 200)],
    [
      'kaimingUniform_ as of linear layers',
      () => init.kaimingUniform_(weight, { a: Math.sqrt(5) }),
      80 ** -0.5,
    ],
    ['kaimingUniform_ of a kernel', () => init.kaimingUniform_(kernel), Math.sqrt(6 / 144)],
    ['kaimingUniform_ of a transposed kernel', () => init.kaimingUniform_(turned), Math.sqrt(6 / 216)],
    ['uniform_', () => init.uniform_(weight, -3, 3), 3],
  ];
  for (const [name, fill, bound] of bounds) {
    it(`${name} fills ±${bound.toFixed(3)}`, () => {
      const { low, high } = spread(fill());
      assert.ok(high <= bound && high > 0.99 * bound, `high ${high}`);
      assert.ok(low >= -bound && low < -0.99 * bound, `low ${low}`);
    });
  }

  const deviations: [string, () => tf.Tensor, number][] = [
    ['xavierNormal_', () => init.xavierNormal_(weight), Math.sqrt(2 / 200)],
    ['kaimingNormal_', () => init.kaimingNormal_(weight), Math.sqrt(2 / 80)],
    ['kaimingNormal_ backward', () => init.kaimingNormal_(kernel, { mode: 'fan_out' }), Math.sqrt(2 / 216)],
    [
      'kaimingNormal_ for tanh',
      () => init.kaimingNormal_(weight, { nonlinearity: 'tanh' }),
      5 / 3 / 80 ** 0.5,
    ],
    ['normal_', () => init.normal_(weight, 0, 0.02), 0.02],
    // Cut at two standard deviations, the rest spreads by 0.8796.
    ['truncNormal_', () => init.truncNormal_(weight), 0.8796],
    ['truncNormal_ far from its ends', () => init.truncNormal_(weight, 0, 0.02), 0.02],
  ];
  for (const [name, fill, std] of deviations) {
    it(`${name} spreads by ${std.toFixed(4)}`, () => {
      const seen = spread(fill());
      assert.ok(Math.abs(seen.std - std) < 0.04 * std, `std ${seen.std}`);
      assert.ok(Math.abs(seen.mean) < 0.1 * std, `mean ${seen.mean}`);
    });
  }

  it('truncNormal_ stays within two standard deviations', () => {
    const { low, high } = spread(init.truncNormal_(weight, 1, 0.5));
    assert.ok(low >= 0 && high <= 2, `${low} to ${high}`);
  });

  it('fills with constants, in place, keeps no tensor and gives the variable back', () => {
    const before = tf.memory().numTensors;
    assert.equal(init.constant_(weight, 7), weight);
    assert.deepEqual(spread(weight), { low: 7, high: 7, mean: 7, std: 0 });
    assert.equal(spread(init.ones_(weight)).low, 1);
    assert.equal(spread(init.zeros_(weight)).high, 0);
    init.kaimingNormal_(weight);
    assert.equal(tf.memory().numTensors, before);
  });

  it('refuses to count the fans of a bias', () => {
    assert.throws(
      () => init.xavierNormal_(nn.parameter(tf.zeros([4]))),
      new TypeError('Cannot apply xavierNormal_: expected a variable of at least two axes, got [4]'),
    );
  });
});
