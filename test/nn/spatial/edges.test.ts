/** Inputs at the edge: what PyTorch 2.11 gives for them is written out. */
import assert from 'node:assert/strict';

import { compile } from '../../../src/engine/compile';
import { manualSeed } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import * as nn from '../../../src/nn';
import { assertClose } from '../../support/close';

const row = (...values: number[]): tf.Tensor => tf.tensor(values, [1, values.length, 1]);
const square = (...values: number[]): tf.Tensor => tf.tensor(values, [1, 2, 2, 1]);
const values = (x: tf.Tensor): number[] => Array.from(x.dataSync());

describe('Pools at the edge', () => {
  it('a window that holds NaN gives NaN, infinities are compared', () => {
    for (const [input, expected] of [
      [[1, NaN, 2, 3], NaN],
      [[NaN, 1, 2, 3], NaN],
      [[1, 2, 3, NaN], NaN],
      [[Infinity, NaN, 2, 3], NaN],
      [[-Infinity, Infinity, 2, 3], Infinity],
      [[-Infinity, -Infinity, -Infinity, -3], -3],
      [[-Infinity, -Infinity, -Infinity, -Infinity], -Infinity],
    ] as const) {
      assert.deepEqual(values(nn.maxPool2d(square(...input), 2)), [expected]);
      assert.deepEqual(values(compile((x: tf.Tensor) => nn.maxPool2d(x, 2))(square(...input))), [expected]);
      assert.deepEqual(values(nn.maxPool1d(row(...input), 4)), [expected]);
      assert.deepEqual(values(nn.maxPool2d(square(...input), 3, { padding: 1, stride: 3, ceilMode: true })), [
        expected,
      ]);
      assert.deepEqual(values(nn.adaptiveMaxPool2d(square(...input), 1)), [expected]);
      assert.deepEqual(values(nn.maxPool1d(row(...input), 4, { returnIndices: true })[0]), [expected]);
    }
  });

  it('NaN stays in its window, and gradients of the others are what they were', () => {
    const x = row(1, NaN, 2, 3, 5, 4);
    const gradient = tf.grad((input: tf.Tensor) => tf.sum(tf.slice(nn.maxPool1d(input, 2), [0, 1, 0])))(x);
    assert.deepEqual(values(nn.maxPool1d(x, 2)), [NaN, 3, 5]);
    assert.deepEqual(values(gradient).slice(2), [0, 1, 1, 0]);
  });

  it('windows of a fractional pool stand elsewhere in each call, recorded too, and again after the same seed', () => {
    const x = tf.reshape(tf.range(0, 400), [1, 20, 20, 1]);
    const pool = new nn.FractionalMaxPool2d(2, { outputRatio: 0.6 });
    const step = compile((input: tf.Tensor) => pool.forward(input));
    for (const call of [(input: tf.Tensor) => pool.forward(input), step]) {
      const draw = () => {
        manualSeed(5);
        return [0, 1, 2].map(() => values(call(x)));
      };
      const [first, second] = [draw(), draw()];
      assert.deepEqual(first, second);
      assert.notDeepEqual(first[1], first[2]);
      for (const one of first) {
        assert.equal(one.length, 144);
        assert.equal(one.at(-1), 399); // the last window ends with the image
      }
    }
  });

  it('a grid read in a recorded step, and its gradients, are those of plain code', () => {
    const [x, theta] = [
      tf.randomNormal([2, 5, 4, 3], 0, 1, 'float32', 1),
      tf.randomNormal([2, 2, 3], 0, 1, 'float32', 2),
    ];
    for (const mode of ['bilinear', 'nearest', 'bicubic'] as const) {
      const both = tf.grads((image: tf.Tensor, turn: tf.Tensor) => {
        const grid = nn.affineGrid(turn, [2, 3, 6, 3]);
        return tf.mean(tf.square(nn.gridSample(image, grid, { mode, paddingMode: 'reflection' })));
      });
      const step = compile((image: tf.Tensor, turn: tf.Tensor) => both([image, turn]));
      step(x, theta);
      const [plain, again] = [both([x, theta]), step(x, theta)];
      for (const at of [0, 1]) assertClose(values(again[at]!), values(plain[at]!), 1e-5);
    }
  });

  it('a mean of a window with NaN or both infinities is NaN', () => {
    assert.deepEqual(values(nn.avgPool1d(row(1, NaN, 2, 4), 2)), [NaN, 3]);
    assert.deepEqual(values(nn.avgPool1d(row(Infinity, -Infinity, 2, 4), 2)), [NaN, 3]);
  });

  it('a window larger than the input is an error unless it may reach over the end', () => {
    assert.throws(
      () => nn.maxPool2d(tf.ones([1, 3, 3, 1]), 4),
      /images \[b, h, w, c\] of at least 4 by 4 pixels/,
    );
    assert.deepEqual(nn.maxPool2d(tf.ones([1, 3, 3, 1]), 4, { ceilMode: true }).shape, [1, 1, 1, 1]);
  });

  it('places lead back: unpooling puts the largest values where they stood', () => {
    const x = tf.tensor([1, 5, 2, 3, 4, 4, 9, 0], [1, 2, 4, 1]);
    const [y, places] = new nn.MaxPool2d(2, 2, { returnIndices: true }).forward(x);
    assert.deepEqual(values(places), [1, 6]);
    assert.deepEqual(values(new nn.MaxUnpool2d(2).forward(y, places)), [0, 5, 0, 0, 0, 0, 9, 0]);
  });
});

describe('Resizing at the edge', () => {
  it('has gradients of gradients, by TensorFlow’s kernels as tap by tap', () => {
    const x = tf.linspace(-1, 1, 12).reshape([1, 2, 3, 2]);
    for (const mode of ['nearest', 'bilinear', 'bicubic'] as const) {
      const squares = (input: tf.Tensor): tf.Tensor =>
        nn.interpolate(input, { scaleFactor: 2, mode }).square().sum();
      const second = tf.grad((input: tf.Tensor) => tf.grad(squares)(input).square().sum())(x);
      const bump = tf.oneHot(tf.scalar(5, 'int32'), 12).reshape([1, 2, 3, 2]).mul(1e-2);
      const [more, less] = [x.add(bump), x.sub(bump)].map((one) =>
        tf.grad(squares)(one).square().sum().item(),
      );
      const slope = values(second)[5]!;
      assert.ok(Math.abs(slope - (more! - less!) / 2e-2) < 1e-2 * Math.abs(slope), mode);
    }
  });

  it('a batch of none stays one', () => {
    const none = tf.zeros([0, 4, 4, 2]);
    for (const mode of ['nearest', 'bilinear', 'bicubic', 'area'] as const) {
      assert.deepEqual(nn.interpolate(none, { size: 6, mode }).shape, [0, 6, 6, 2]);
    }
    assert.deepEqual(new nn.ReplicationPad2d(1).forward(none).shape, [0, 6, 6, 2]);
    assert.deepEqual(nn.unfold(none, 2).shape, [0, 9, 8]);
    assert.deepEqual(nn.fold(nn.unfold(none, 2), 4, 2).shape, [0, 4, 4, 2]);
    assert.deepEqual(nn.maxPool2d(none, 2, { returnIndices: true })[0].shape, [0, 2, 2, 2]);
    assert.deepEqual(nn.pixelShuffle(tf.zeros([0, 2, 2, 8]), 2).shape, none.shape);
    assert.deepEqual(new nn.ConvTranspose2d(2, 3, 3).forward(none).shape, [0, 6, 6, 3]);
    assert.deepEqual(nn.avgPool3d(tf.zeros([0, 4, 4, 4, 2]), 2).shape, [0, 2, 2, 2, 2]);
  });
});

describe('Convolutions at the edge', () => {
  beforeEach(() => manualSeed(0));

  it('six channels for a kernel of three are no two groups', () => {
    assert.throws(
      () => new nn.Conv2d(3, 64, 3).forward(tf.ones([2, 96, 96, 6])),
      /with 3 channels last \(NHWC\)/,
    );
    assert.throws(() => new nn.Conv2d(3, 64, 3).forward(tf.ones([2, 3, 96, 96])), /x\.permute\(0, 2, 3, 1\)/);
  });

  it('a batch of none gives none, and gradients of zeros, eagerly and compiled', () => {
    for (const options of [{}, { groups: 4 }, { groups: 2 }, { stride: 2 }, { dilation: 2 }]) {
      const layer = new nn.Conv2d(4, 8, 3, options);
      const step = (x: tf.Tensor): tf.Tensor[] => {
        layer.zeroGrad();
        const pooled = nn.adaptiveAvgPool2d(nn.maxPool2d(layer.forward(x), 2), 1);
        pooled.sum().backward();
        return [pooled, layer.weight.grad!];
      };
      for (const run of [step, compile(step)]) {
        const [y, gradient] = run(tf.zeros([0, 8, 8, 4]));
        assert.deepEqual(y!.shape, [0, 1, 1, 8]);
        assert.deepEqual(new Set(values(gradient!)), new Set([0]));
      }
    }
  });

  it('one input without a batch gives one result', () => {
    assert.deepEqual(new nn.Conv2d(3, 5, 3).forward(tf.ones([8, 8, 3])).shape, [6, 6, 5]);
    assert.deepEqual(new nn.ConvTranspose1d(3, 5, 3).forward(tf.ones([8, 3])).shape, [10, 5]);
    assert.deepEqual(nn.maxPool3d(tf.ones([4, 4, 4, 2]), 2).shape, [2, 2, 2, 2]);
  });

  it('the size of a transposed result can be chosen', () => {
    const layer = new nn.ConvTranspose2d(1, 1, 3, { stride: 2, padding: 1 });
    const x = tf.ones([1, 4, 4, 1]);
    assert.deepEqual(layer.forward(x).shape, [1, 7, 7, 1]);
    assert.deepEqual(layer.forward(x, [7, 8]).shape, [1, 7, 8, 1]);
    const dilated = new nn.ConvTranspose2d(1, 1, 3, { dilation: 2, outputPadding: 1 });
    assert.deepEqual(dilated.forward(x).shape, [1, 9, 9, 1]);
  });

  it('depthwise and grouped kernels take few operations, recorded ones give the same', () => {
    for (const groups of [16, 4]) {
      const layer = new nn.Conv2d(16, 32, 3, { groups, padding: 1 });
      const step = (x: tf.Tensor): tf.Tensor[] => {
        layer.zeroGrad();
        const y = layer.forward(x);
        y.square().sum().backward();
        return [y, layer.weight.grad!];
      };
      const x = tf.linspace(-1, 1, 2 * 5 * 6 * 16).reshape([2, 5, 6, 16]);
      const before = step(x).map(values);
      const recorded = compile(step);
      for (let i = 0; i < 2; i++) {
        recorded(x).forEach((tensor, part) => assertClose(values(tensor), before[part]!, 1e-4));
      }
    }
  });

  it('gradients of gradients: those of a squared gradient are finite differences', () => {
    for (const groups of [1, 2, 4]) {
      const kernel = tf.linspace(-1, 1, (3 * 3 * 4 * 4) / groups).reshape([3, 3, 4 / groups, 4]);
      const penalty = (k: tf.Tensor): tf.Tensor => {
        const inner = tf.grad((x: tf.Tensor) =>
          nn.conv2d(x, k, undefined, { groups, padding: 1 }).square().sum(),
        );
        return inner(tf.linspace(-1, 1, 36).reshape([1, 3, 3, 4]))
          .square()
          .sum();
      };
      const gradient = tf.grad(penalty)(kernel);
      const at = [1, 1, 0, 2];
      const bump = tf.buffer([3, 3, 4 / groups, 4]);
      bump.set(1e-2, ...at);
      const shift = bump.toTensor();
      const [more, less] = [penalty(kernel.add(shift)), penalty(kernel.sub(shift))].map((one) => one.item());
      const slope = tf.slice(gradient, at, [1, 1, 1, 1]).item();
      const difference = (more! - less!) / 2e-2;
      assert.ok(
        Math.abs(slope - difference) < 2e-3 * Math.abs(difference),
        `${groups}: ${slope}, ${difference}`,
      );
    }
  });

  it('kernels keep PyTorch’s order in files and its bounds at the start', () => {
    const [one, three] = [new nn.Conv1d(8, 4, 5), new nn.Conv3d(2, 4, 3, { groups: 2 })];
    assert.deepEqual(one.weight.shape, [5, 8, 4]);
    assert.deepEqual(three.weight.shape, [3, 3, 3, 1, 4]);
    const bound = 1 / Math.sqrt(27);
    const most = Math.max(...values(three.weight).map(Math.abs));
    assert.ok(most <= bound && most > 0.9 * bound);
  });
});
