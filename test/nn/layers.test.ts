import assert from 'node:assert/strict';

import { compile } from '../../src/engine/compile';
import { manualSeed } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import * as nn from '../../src/nn';
import { assertClose } from '../support/close';

/** Mean, standard deviation and largest magnitude. */
function spread(x: tf.Tensor): { mean: number; std: number; most: number } {
  const values = Array.from(x.dataSync());
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  return { mean, std: Math.sqrt(variance), most: Math.max(...values.map(Math.abs)) };
}

/** Uniform within ±bound, judged by bound and standard deviation. */
function assertUniform(x: tf.Tensor, bound: number): void {
  const { std, most } = spread(x);
  assert.ok(most <= bound && most > 0.9 * bound, `largest ${most}, expected just below ${bound}`);
  assert.ok(
    Math.abs(std - bound / Math.sqrt(3)) < 0.05 * bound,
    `std ${std}, expected ${bound / Math.sqrt(3)}`,
  );
}

describe('Initialisation as PyTorch’s', () => {
  beforeEach(() => manualSeed(0));

  it('Linear and Conv2d: uniform within 1/√fanIn, biases too', () => {
    const linear = new nn.Linear(100, 1000);
    assertUniform(linear.weight, 0.1);
    assertUniform(linear.bias!, 0.1);
    assertUniform(new nn.Conv2d(8, 32, 5, { groups: 2 }).weight, 1 / Math.sqrt(4 * 25));
    assertUniform(new nn.ConvTranspose2d(32, 8, 5).weight, 1 / Math.sqrt(8 * 25));
  });

  it('LSTM: uniform within 1/√hidden', () => {
    for (const weight of new nn.LSTM(25, 100).parameters()) assertUniform(weight, 0.1);
  });

  it('Embedding: normal, its padding row zero', () => {
    const { weight } = new nn.Embedding(300, 20, { paddingIdx: -1 });
    const { mean, std } = spread(tf.slice(weight, [0, 0], [299, 20]));
    assert.ok(Math.abs(mean) < 0.03 && Math.abs(std - 1) < 0.03);
    assertClose(tf.slice(weight, [299, 0]).dataSync(), new Array(20).fill(0), 0);
  });

  it('MultiheadAttention: Xavier, biases zero', () => {
    const attention = new nn.MultiheadAttention(40, 4);
    assertUniform(attention.inProjWeight!, Math.sqrt(6 / 160));
    assert.equal(spread(attention.inProjBias!).most, 0);
    assert.equal(spread(attention.outProj.bias!).most, 0);
  });
});

describe('Dropout', () => {
  it('zeroes a share p, scales the rest, and passes gradients the same way', () => {
    manualSeed(1);
    const layer = new nn.Dropout(0.25);
    let y: tf.Tensor = tf.zeros([1]);
    const slope = tf.grad((x) => (y = tf.keep(layer.forward(x))))(tf.ones([10000]));
    const zeros = y.dataSync().filter((v) => v === 0).length;
    assert.ok(Math.abs(zeros - 2500) < 200, `${zeros} zeros`);
    assertClose(slope.dataSync(), y.dataSync(), 0);
    assert.ok(Math.abs(Math.max(...y.dataSync()) - 4 / 3) < 1e-6);
  });

  it('is the identity in evaluation', () => {
    const x = tf.ones([3]);
    assert.equal(new nn.Dropout().eval().forward(x), x);
  });

  it('draws the same masks compiled as eagerly after the same seed, and new ones at each call', () => {
    const layer = new nn.Dropout();
    const draw = (f: (x: tf.Tensor) => tf.Tensor) => {
      manualSeed(5);
      return [0, 1, 2].map(() => f(tf.ones([40])).arraySync());
    };
    const eager = draw((x) => layer.forward(x));
    assert.deepEqual(draw(compile((x: tf.Tensor) => layer.forward(x))), eager);
    assert.notDeepEqual(eager[1], eager[2]);
  });
});

describe('Containers', () => {
  it('Sequential gives its layers by index, from the end too', () => {
    const [a, b] = [new nn.ReLU(), new nn.Tanh()];
    const both = new nn.Sequential(a, b);
    assert.deepEqual([both.at(0), both.at(-1), [...both], both.length], [a, b, [a, b], 2]);
  });

  it('ModuleList shows runs of equal modules as one and counts them from both ends', () => {
    const list = new nn.ModuleList([new nn.Linear(2, 2), new nn.Linear(2, 2), new nn.ReLU()]);
    const tree =
      'ModuleList(\n  (0-1): 2 x Linear(in_features=2, out_features=2, bias=True)\n  (2): ReLU()\n)';
    assert.equal(String(list), tree);
    assert.deepEqual([...list.stateDict().keys()], ['0.weight', '0.bias', '1.weight', '1.bias']);
    assert.deepEqual([list.length, list.at(0), list.at(-1)], [3, [...list][0], [...list][2]]);
    const late = new nn.ModuleList([new nn.ReLU(), new nn.Tanh(), new nn.Tanh()]);
    assert.equal(String(late), 'ModuleList(\n  (0): ReLU()\n  (1-2): 2 x Tanh()\n)');
  });
});
