import assert from 'node:assert/strict';

import { normal } from '../../src/engine/random';
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

  it('refuses a width that the heads do not divide', () => {
    assert.throws(
      () => new nn.MultiHeadAttention(10, 4),
      new RangeError('Cannot build MultiHeadAttention: the width must be divisible by 4 heads, got 10'),
    );
  });
});
