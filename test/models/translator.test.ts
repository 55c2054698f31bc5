import assert from 'node:assert/strict';

import { compile } from '../../src/engine/compile';
import { manualSeed } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import { Adam } from '../../src/helpers/optim/optimizers';
import { greedyDecode, Translator } from '../../src/models/translator';
import * as nn from '../../src/nn';
import { assertClose } from '../support/close';
import { tensorsLeft } from '../support/memory';

// 0 fills up, 1 is the start, 2 the end
const ids = (rows: number[][]) => tf.tensor2d(rows, undefined, 'int32');
const build = () => new Translator({ vocabSize: 9, dModel: 16, numHeads: 2, numLayers: 2, dropout: 0 });
const source = ids([
  [3, 4, 5],
  [6, 7, 0],
]);
const decoding = { bosId: 1, eosId: 2, maxLen: 6 };

describe('Translator', () => {
  it('maps [b, s] and [b, t] to logits [b, t, vocabSize]', () => {
    assert.deepEqual(build().forward(source, ids([[1], [1]])).shape, [2, 1, 9]);
  });

  it('does not see the filling of the source, nor later tokens of the target', () => {
    manualSeed(1);
    const model = build().eval();
    const target = [[1, 3, 4]];
    const short = model.forward(ids([[6, 7]]), ids(target)).dataSync();
    const filled = model.forward(ids([[6, 7, 0, 0]]), ids(target)).dataSync();
    assertClose(filled, short, 1e-5);
    const longer = tf.slice(model.forward(ids([[6, 7]]), ids([[1, 3, 4, 8, 0]])), [0, 0, 0], [1, 3, 9]);
    assertClose(longer.dataSync(), short, 1e-5);
  });

  it('learns to turn two sequences round in a compiled step, and greedyDecode writes them', () => {
    manualSeed(1);
    const model = build();
    const optimizer = new Adam(model.parameters(), { lr: 0.01 });
    const given = ids([
      [1, 5, 4, 3],
      [1, 7, 6, 0],
    ]);
    const wanted = ids([
      [5, 4, 3, 2],
      [7, 6, 2, 0],
    ]);
    const step = compile((s: tf.Tensor2D, t: tf.Tensor2D, y: tf.Tensor2D) =>
      optimizer.minimize(() => nn.crossEntropy(model.forward(s, t), y, { ignoreIndex: 0 })),
    );
    for (let i = 0; i < 60; i++) step(source, given, wanted).dispose();
    model.eval();
    assert.deepEqual(greedyDecode(model, source, decoding), [
      [5, 4, 3],
      [7, 6],
    ]);
    assert.deepEqual(greedyDecode(model, source, { ...decoding, maxLen: 2 }), [
      [5, 4],
      [7, 6],
    ]);
  });

  it('reads each token once while it writes', () => {
    const model = build().eval();
    const own = model.embedding.forward.bind(model.embedding);
    const read: number[][] = [];
    const spy: typeof own = (ids) => {
      read.push(ids.shape);
      return own(ids);
    };
    Object.defineProperty(model.embedding, 'forward', { value: spy });
    greedyDecode(model, source, { ...decoding, eosId: -1 });
    assert.deepEqual(read, [[2, 3], ...Array.from({ length: 6 }, () => [2, 1])]);
  });

  it('gives the logits of the whole target where a cache knows its beginning, filling between the tokens included', () => {
    manualSeed(5);
    const model = build().eval();
    const target = ids([
      [1, 3, 0, 4, 8, 5, 2],
      [1, 4, 4, 0, 0, 6, 7],
    ]);
    const whole = model.forward(source, target);
    for (const pieces of [[1, 1, 1, 1, 1, 1, 1], [3, 1, 2, 1], [7]]) {
      const cache = new nn.DecoderCache(2);
      const memory = model.encode(source);
      let end = 0;
      const parts = pieces.map((count) => {
        end += count;
        return model.decode(tf.slice(target, [0, 0], [2, end]), memory, source, cache);
      });
      assert.equal(cache.length, 7);
      assertClose(tf.concat(parts, 1).dataSync(), whole.dataSync(), 1e-6);
      cache.dispose();
    }
  });

  it('frees what it kept where decoding fails', async () => {
    const model = new Translator({ vocabSize: 9, dModel: 8, numHeads: 2, numLayers: 1, maxLen: 4 }).eval();
    const before = await tensorsLeft();
    assert.throws(() => greedyDecode(model, source, { ...decoding, eosId: -1 }), /at most 4 tokens/);
    assert.ok((await tensorsLeft(before)) <= before);
  });

  it('decodes without keeping tensors', async () => {
    const model = build().eval();
    const before = await tensorsLeft();
    const written = greedyDecode(model, source, decoding);
    assert.ok((await tensorsLeft(before)) <= before);
    assert.ok(written.every((row) => row.length <= 6 && !row.includes(2)));
  });

  it('tells where each target position looks, which is nowhere in the filling', () => {
    manualSeed(1);
    const model = build().eval();
    const weights = model.crossAttention(source, ids([[1, 3], [1, 4]])); // prettier-ignore
    assert.deepEqual(weights.shape, [2, 2, 3]);
    assertClose(tf.sum(weights, 2).dataSync(), [1, 1, 1, 1], 1e-5);
    const [, second] = weights.arraySync() as [number[][], number[][]];
    assert.deepEqual(second.map((row) => row[2]), [0, 0]); // prettier-ignore
  });

  it('gives the weights that the layer itself uses', () => {
    manualSeed(2);
    const model = build().eval();
    const last = model.decoder.layers.at(-1)!.multiheadAttn;
    const own = last.forward.bind(last);
    let used: Float32Array = new Float32Array();
    const spy: typeof own = (...inputs) => {
      const result = own(...inputs);
      used = result[1]!.dataSync<'float32'>();
      return result;
    };
    Object.defineProperty(last, 'forward', { value: spy, configurable: true });
    model.forward(source, ids([[1, 3], [1, 4]])); // prettier-ignore
    const noted = used;
    assertClose(model.crossAttention(source, ids([[1, 3], [1, 4]])).dataSync(), noted, 1e-6); // prettier-ignore
  });
});
