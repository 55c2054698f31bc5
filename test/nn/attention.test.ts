import assert from 'node:assert/strict';

import { compile } from '../../src/engine/compile';
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

describe('MultiheadAttention with options', () => {
  const sizes = { kdim: 6, vdim: 3, batchFirst: true };
  const [query, key, value] = [normal([2, 3, 8]), normal([2, 5, 6]), normal([2, 5, 3])];
  const padding = tf.tensor2d([[0, 0, 0, 1, 1], [0, 0, 0, 0, 1]], undefined, 'bool'); // prettier-ignore

  it('names its state as PyTorch does, in its order', () => {
    const names = (options: nn.MultiheadAttentionOptions) => [
      ...new nn.MultiheadAttention(8, 2, options).stateDict().keys(),
    ];
    const last = ['out_proj.weight', 'out_proj.bias'];
    const own = ['q_proj_weight', 'k_proj_weight', 'v_proj_weight', 'in_proj_bias'];
    assert.deepEqual(names({}), ['in_proj_weight', 'in_proj_bias', ...last]);
    assert.deepEqual(names({ kdim: 8, vdim: 8 }), ['in_proj_weight', 'in_proj_bias', ...last]);
    assert.deepEqual(names({ kdim: 6, addBiasKv: true }), [...own, 'bias_k', 'bias_v', ...last]);
    assert.deepEqual(names({ vdim: 6, bias: false }), [...own.slice(0, 3), 'out_proj.weight']);
  });

  it('is the same when it is recorded, masks of each form given as inputs', () => {
    for (const [i, more] of [{}, { addBiasKv: true }, { addZeroAttn: true, bias: false }].entries()) {
      const layer = new nn.MultiheadAttention(8, 2, { ...sizes, ...more });
      for (const attnMask of [normal([3, 5]), normal([4, 3, 5]), tf.zeros([3, 5], 'bool')]) {
        const options = { isCausal: i === 0, averageAttnWeights: i !== 1, keyPaddingMask: padding };
        const call = (q: tf.Tensor3D, mask: tf.Tensor, keyPaddingMask: tf.Tensor2D) =>
          layer.forward(q, key, value, { ...options, attnMask: mask, keyPaddingMask });
        const step = compile(call);
        const [plain, , again] = [call, step, step].map((one) => one(query, attnMask, padding));
        for (const at of [0, 1] as const) assertClose(again![at].dataSync(), plain![at].dataSync(), 1e-6);
        step.dispose();
      }
    }
  });

  it('gives no weights where none are needed, and those of each head where they are asked for', () => {
    const layer = new nn.MultiheadAttention(8, 2, { ...sizes, addBiasKv: true, addZeroAttn: true });
    const [output, none] = layer.forward(query, key, value, { needWeights: false });
    const [same, mean] = layer.forward(query, key, value);
    const [, each] = layer.forward(query, key, value, { averageAttnWeights: false });
    assert.equal(none, undefined);
    assertClose(output.dataSync(), same.dataSync(), 0);
    assert.deepEqual([mean.shape, each.shape], [[2, 3, 7], [2, 2, 3, 7]]); // prettier-ignore
    assertClose(tf.mean(each, 1).dataSync(), mean.dataSync(), 1e-7);
  });

  it('starts what stands behind the keys as PyTorch does: Glorot’s normal distribution', () => {
    manualSeed(3);
    const { biasK, biasV } = new nn.MultiheadAttention(2000, 2, { addBiasKv: true, kdim: 1 });
    for (const bias of [biasK!, biasV!]) {
      const deviation = Math.sqrt(tf.mean(tf.square(bias)).dataSync()[0]!);
      assert.ok(Math.abs(deviation / Math.sqrt(2 / 4000) - 1) < 0.06);
    }
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
