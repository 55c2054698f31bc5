import assert from 'node:assert/strict';

import * as tf from '../../src/engine/tf';
import * as nn from '../../src/nn';
import { assertClose } from '../support/close';

describe('crossEntropy', () => {
  const logits = tf.tensor2d([
    [0, 0, 0],
    [1, 2, 3],
  ]);

  it('is log k for even logits', () => {
    const loss = nn.crossEntropy(tf.zeros([4, 10]), tf.tensor1d([0, 1, 2, 9], 'int32'));
    assertClose(loss.dataSync(), [Math.log(10)], 1e-6);
  });

  it('has the gradient (softmax − one-hot) / b', () => {
    const target = tf.tensor1d([0, 2], 'int32');
    const slope = tf.grad((x) => nn.crossEntropy(x, target))(logits);
    const softmax = tf.softmax(logits);
    const expected = tf.div(tf.sub(softmax, tf.oneHot(target, 3)), 2);
    assertClose(slope.dataSync(), expected.dataSync(), 1e-6);
  });

  it('leaves ignored targets out of value, gradient and mean', () => {
    const target = tf.tensor1d([-100, 2], 'int32');
    const alone = nn.crossEntropy(tf.slice(logits, [1, 0]), tf.tensor1d([2], 'int32'));
    assertClose(nn.crossEntropy(logits, target).dataSync(), alone.dataSync(), 1e-6);
    const slope = tf.grad((x) => nn.crossEntropy(x, target))(logits);
    assertClose(tf.slice(slope, [0, 0], [1, 3]).dataSync(), [0, 0, 0], 0);
  });

  it('takes probabilities as target', () => {
    const target = tf.tensor1d([1, 0], 'int32');
    const dense = tf.cast(tf.oneHot(target, 3), 'float32');
    assertClose(nn.crossEntropy(logits, dense).dataSync(), nn.crossEntropy(logits, target).dataSync(), 1e-6);
  });

  it('of sequences is that of their steps, by classes and by probabilities', () => {
    const steps = tf.tensor2d([[1, 0, -1], [0, 2, 1], [3, 1, 0], [-1, 0, 2]]); // prettier-ignore
    const classes = tf.tensor1d([0, -100, 2, 2], 'int32');
    const shares = tf.softmax(tf.mul(steps, 2));
    const [logits, numbers, dense] = [
      tf.reshape(steps, [2, 2, 3]),
      tf.reshape(classes, [2, 2]),
      tf.reshape(shares, [2, 2, 3]),
    ];
    for (const reduction of ['mean', 'sum', 'none'] as const) {
      for (const [whole, flat, shape] of [
        [
          nn.crossEntropy(logits, numbers, { reduction }),
          nn.crossEntropy(steps, classes, { reduction }),
          [2, 2],
        ],
        [
          nn.crossEntropy(logits, dense, { reduction }),
          nn.crossEntropy(steps, shares, { reduction }),
          [2, 2],
        ],
        [
          nn.nllLoss(nn.logSoftmax(logits), numbers, { reduction }),
          nn.crossEntropy(logits, numbers, { reduction }),
          [2, 2],
        ],
      ] as const) {
        assertClose(whole.dataSync(), flat.dataSync(), 1e-6);
        assert.deepEqual(whole.shape, reduction === 'none' ? shape : []);
      }
    }
  });

  it('takes every smoothing from none to all', () => {
    const target = tf.tensor1d([1, 0], 'int32');
    const all = nn.crossEntropy(logits, target, { labelSmoothing: 1 });
    assertClose(all.dataSync(), nn.crossEntropy(logits, tf.fill([2, 3], 1 / 3)).dataSync(), 1e-6);
    const none = nn.crossEntropy(logits, target, { labelSmoothing: 0 });
    assertClose(none.dataSync(), nn.crossEntropy(logits, target).dataSync(), 0);
  });

  it('names both shapes it accepts when the target has neither', () => {
    assert.throws(() => nn.crossEntropy(logits, tf.tensor1d([1], 'int32')), {
      name: 'TypeError',
      message:
        'Cannot call crossEntropy: expected for logits [2, 3] a target [2] of class numbers or [2, 3] of ' +
        'probabilities, got [1]',
    });
  });
});

describe('losses between numbers', () => {
  const [x, y] = [tf.tensor1d([0, 1, 5]), tf.tensor1d([0, 3, 4])];

  it('are means unless told otherwise', () => {
    assertClose(nn.mseLoss(x, y).dataSync(), [5 / 3], 1e-6);
    assertClose(nn.l1Loss(x, y).dataSync(), [1], 1e-6);
    assertClose(nn.huberLoss(x, y).dataSync(), [2 / 3], 1e-6);
    assertClose(nn.smoothL1Loss(x, y).dataSync(), [2 / 3], 1e-6);
  });

  it('smoothL1Loss() with a beta of 0 is l1Loss(), value and gradient', () => {
    const smooth = (z: tf.Tensor) => nn.smoothL1Loss(z, y, { beta: 0 });
    assertClose(smooth(x).dataSync(), nn.l1Loss(x, y).dataSync(), 0);
    const slope = tf.grad((z) => nn.l1Loss(z, y))(x);
    assertClose(tf.grad(smooth)(x).dataSync(), slope.dataSync(), 0);
  });
});
