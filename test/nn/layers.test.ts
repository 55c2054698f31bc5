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
    assertUniform(attention.inProjWeight, Math.sqrt(6 / 160));
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

describe('Layers refuse', () => {
  const refusals: [string, () => unknown, string, string][] = [
    [
      'channels that groups do not divide',
      () => new nn.Conv2d(3, 4, 3, { groups: 2 }),
      'RangeError',
      'Cannot build Conv2d: inChannels and outChannels must be divisible by groups 2, got 3 and 4',
    ],
    [
      "padding 'same' with a stride",
      () => new nn.Conv2d(3, 4, 3, { stride: 2, padding: 'same' }),
      'RangeError',
      "Cannot build Conv2d: padding 'same' needs stride 1, got 2, 2",
    ],
    [
      'a pool padded by more than half',
      () => new nn.MaxPool2d(2, 2, { padding: 2 }),
      'RangeError',
      'Cannot build MaxPool2d: padding must be at most half of kernelSize 2, 2, got 2, 2',
    ],
    [
      'an output padding of a whole stride',
      () => new nn.ConvTranspose2d(1, 1, 3, { outputPadding: 1 }),
      'RangeError',
      'Cannot build ConvTranspose2d: outputPadding must be smaller than stride 1, 1, got 1, 1',
    ],
    [
      'a batch of one value per channel',
      () => new nn.BatchNorm1d(3).forward(tf.ones<tf.Rank.R2>([1, 3])),
      'RangeError',
      'Cannot normalise a batch: expected more than one value per channel, got [1, 1, 1, 3]',
    ],
    [
      'groups that do not divide the channels',
      () => new nn.GroupNorm(3, 4),
      'RangeError',
      'Cannot build GroupNorm: numChannels must be divisible by numGroups 3, got 4',
    ],
    [
      'a first state of another shape',
      () => new nn.GRU(2, 3).forward(tf.ones([4, 1, 2]), tf.ones([2, 1, 3])),
      'TypeError',
      'Cannot run GRU: expected a first state [1, 1, 3], got [2, 1, 3]',
    ],
    [
      'a target of another shape',
      () => nn.mseLoss(tf.ones([2, 1]), tf.ones([2])),
      'TypeError',
      "Cannot take mseLoss: expected a target of the input's shape [2, 1], got [2]",
    ],
    [
      'a share above 1',
      () => new nn.Dropout(1.5),
      'RangeError',
      'Cannot build Dropout: p must be in [0, 1], got 1.5',
    ],
    [
      'a sequence longer than its positions',
      () => new nn.PositionalEncoding(4, { maxLen: 3 }).forward(tf.ones([1, 4, 4])),
      'RangeError',
      'Cannot encode positions: expected a sequence of at most 3 steps, got 4',
    ],
  ];
  for (const [what, build, name, message] of refusals) {
    it(what, () => {
      assert.throws(build, { name, message });
    });
  }
});

describe('Containers', () => {
  it('Sequential gives its layers by index, from the end too', () => {
    const [a, b] = [new nn.ReLU(), new nn.Tanh()];
    const both = new nn.Sequential(a, b);
    assert.deepEqual([both.at(0), both.at(-1), [...both], both.length], [a, b, [a, b], 2]);
  });

  it('ModuleList shows runs of equal modules as one and is not called', () => {
    const list = new nn.ModuleList([new nn.Linear(2, 2), new nn.Linear(2, 2), new nn.ReLU()]);
    const tree =
      'ModuleList(\n  (0-1): 2 x Linear(in_features=2, out_features=2, bias=True)\n  (2): ReLU()\n)';
    assert.equal(String(list), tree);
    assert.deepEqual([...list.stateDict().keys()], ['0.weight', '0.bias', '1.weight', '1.bias']);
    assert.throws(() => list.forward(), TypeError);
  });
});
