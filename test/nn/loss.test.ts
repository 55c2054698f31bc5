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

  it('names both shapes it accepts when the target has neither', () => {
    assert.throws(() => nn.crossEntropy(logits, tf.tensor1d([1], 'int32')), {
      name: 'TypeError',
      message:
        'Cannot take cross-entropy of logits [2, 3]: expected target [2] of class numbers or [2, 3] of ' +
        'probabilities, got [1]',
    });
  });
});
