import assert from 'node:assert/strict';

import { manualSeed, normal, randomState } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import * as nn from '../../src/nn';
import { assertClose } from '../support/close';

describe('Attention', () => {
  const x = normal<tf.Rank.R3>([2, 5, 8]);

  it('loads PyTorch’s in_proj form into the guide’s form, and back', () => {
    const theirs = new nn.MultiheadAttention(8, 2, { batchFirst: true });
    const guide = new nn.MultiHeadAttention(8, 2);
    guide.loadStateDict(theirs.stateDict());
    assertClose(guide.forward(x, x, x).dataSync(), theirs.forward(x, x, x)[0].dataSync(), 1e-6);
    const back = new nn.MultiheadAttention(8, 2, { batchFirst: true });
    back.loadStateDict(guide.stateDict());
    assert.deepEqual(back.inProjWeight.arraySync(), theirs.inProjWeight.arraySync());
  });

  it('loads the guide’s form deep inside another model, and keeps no tensor', () => {
    const layer = new nn.TransformerEncoderLayer(8, 2);
    const guide = new nn.MultiHeadAttention(8, 2);
    const state = new Map<string, tf.Tensor>(layer.stateDict());
    for (const name of [...state.keys()]) if (name.startsWith('self_attn')) state.delete(name);
    for (const [name, value] of guide.stateDict()) state.set(`self_attn.${name}`, value);
    const before = tf.memory().numTensors;
    layer.loadStateDict(state);
    assert.equal(tf.memory().numTensors, before);
    assertClose(
      tf.slice(layer.selfAttn.inProjWeight, [8, 0], [8, 8]).dataSync(),
      guide.W_k.weight.dataSync(),
      0,
    );
  });

  it('weights of every query sum to 1, and hidden keys get none', () => {
    const guide = new nn.MultiHeadAttention(8, 2);
    const heads = normal<tf.Rank.R4>([2, 2, 5, 4]);
    const mask = tf.tensor2d([[1, 1, 0, 1, 0]]);
    const weights = guide.attentionWeights(heads, heads, mask);
    assertClose(tf.sum(weights, -1).dataSync(), new Array(20).fill(1), 1e-6);
    assertClose(tf.gather(weights, [2, 4], 3).dataSync(), new Array(40).fill(0), 0);
  });

  it('leaves a state alone that has only half of PyTorch’s form', () => {
    const guide = new nn.MultiHeadAttention(8, 2);
    const theirs = new Map<string, tf.Tensor>(new nn.MultiheadAttention(8, 2).stateDict());
    theirs.delete('out_proj.weight');
    assert.throws(() => guide.loadStateDict(theirs), /unexpected \(1\): in_proj_weight$/);
    const uneven = new Map([...theirs, ['out_proj.weight', tf.ones([8, 8])] as const]);
    uneven.set('in_proj_weight', tf.ones([25, 8]));
    assert.throws(() => guide.loadStateDict(uneven), /unexpected \(2\): in_proj_weight, out_proj\.weight$/);
  });
});

describe('scaledDotProductAttention()', () => {
  const [q, k, v] = [5, 6, 6].map((t) => normal<tf.Rank.R4>([2, 3, t, 4])) as [
    tf.Tensor4D,
    tf.Tensor4D,
    tf.Tensor4D,
  ];
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
    assert.deepEqual(nn.causalMask(2, 3).arraySync(), [
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
