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

  it('truncNormal_ stays between its ends, however far they are', () => {
    for (const [mean, std, a, b] of [
      [1, 2, -2, 2],
      [0, 1, 0.5, 1],
      [10, 0.1, -2, 2],
    ] as const) {
      const { low, high } = spread(init.truncNormal_(weight, mean, std, { a, b }));
      assert.ok(low >= a && high <= b, `${low} to ${high}`);
    }
    assert.throws(() => init.truncNormal_(weight, 0, 1, { a: 1, b: 1 }), /expected a below b, got 1 and 1/);
  });

  it("orthogonal_ makes orthogonal rows or columns, of kernels in PyTorch's order", () => {
    const product = (w: tf.Tensor, first: boolean) => tf.matMul(w, w, first, !first);
    const off = (x: tf.Tensor, gain: number) =>
      tf.max(tf.abs(tf.sub(x, tf.mul(tf.eye(x.shape[0]), gain ** 2)))).dataSync()[0]!;
    assert.ok(off(product(init.orthogonal_(weight, 2), true), 2) < 1e-5);
    const rows = tf.reshape(tf.transpose(init.orthogonal_(kernel), [3, 2, 0, 1]), [24, 144]);
    assert.ok(off(product(rows, false), 1) < 1e-5);
  });

  it('eye_ and dirac_ are identities', () => {
    assert.equal(tf.sum(init.eye_(weight)).dataSync()[0], 80);
    const x = tf.randomNormal([1, 5, 5, 16]);
    const same = new nn.Conv2d(16, 16, 3, { padding: 1, bias: false });
    init.dirac_(same.weight);
    assert.deepEqual(same.forward(x).dataSync(), x.dataSync());
    const grouped = new nn.Conv2d(4, 4, 3, { padding: 1, groups: 2, bias: false });
    init.dirac_(grouped.weight, { groups: 2 });
    const four = tf.randomNormal([1, 5, 5, 4]);
    assert.deepEqual(grouped.forward(four).dataSync(), four.dataSync());
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
