import assert from 'node:assert/strict';

import { manualSeed, normal, randomState } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import { MultiHeadAttention } from '../../src/helpers/course/guide';
import * as nn from '../../src/nn';
import { causalMask } from '../../src/nn/attention';
import { assertClose } from '../support/close';

describe('Attention', () => {
  it('leaves a state alone that has only half of PyTorch’s form', () => {
    const guide = new MultiHeadAttention(8, 2);
    const theirs = new Map<string, tf.Tensor>(new nn.MultiheadAttention(8, 2).stateDict());
    theirs.delete('out_proj.weight');
    assert.throws(() => guide.loadStateDict(theirs), /unexpected \(1\): in_proj_weight$/);
    const uneven = new Map([...theirs, ['out_proj.weight', tf.ones([8, 8])] as const]);
    uneven.set('in_proj_weight', tf.ones([25, 8]));
    assert.throws(() => guide.loadStateDict(uneven), /unexpected \(2\): in_proj_weight, out_proj\.weight$/);
  });
});

describe('scaledDotProductAttention()', () => {
  const [q, k, v] = [5, 6, 6].map((t) => normal([2, 3, t, 4])) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
  const plain = () => tf.matMul(tf.softmax(tf.div(tf.matMul(q, k, false, true), 2)), v);

  it('is softmax(Q Kᵀ / √d) V, without mask or dropout unless asked for', () => {
    const before = randomState();
    assertClose(nn.scaledDotProductAttention(q, k, v).dataSync(), plain().dataSync(), 1e-6);
    assert.deepEqual(randomState(), before); // nothing is drawn
  });

  it('sees only what came before when causal, for fewer queries than keys too', () => {
    const rows = nn.scaledDotProductAttention(q, k, v, { isCausal: true });
    const first = tf.slice(rows, [0, 0, 0, 0], [2, 3, 1, 4]);
    assertClose(first.dataSync(), tf.slice(v, [0, 0, 0, 0], [2, 3, 1, 4]).dataSync(), 1e-6);
    assert.deepEqual(causalMask(2, 3).arraySync(), [
      [0, -Infinity, -Infinity],
      [0, 0, -Infinity],
    ]);
  });

  it('drops a share of the weights', () => {
    manualSeed(1);
    const ones = tf.onesLike(v);
    const sums = nn.scaledDotProductAttention(q, k, ones, { dropoutP: 0.5 }).dataSync();
    assert.ok(Math.max(...sums) > 1.1 && Math.min(...sums) < 0.9); // without it every row sums to 1
    assertClose(nn.scaledDotProductAttention(q, k, v, { dropoutP: 1 }).dataSync(), new Array(120).fill(0), 0);
  });
});
