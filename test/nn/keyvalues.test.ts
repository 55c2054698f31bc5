import assert from 'node:assert/strict';

import { compile } from '../../src/engine/compile';
import { manualSeed } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import { TransformerLM } from '../../src/models/transformer';
import * as nn from '../../src/nn';
import { assertClose } from '../support/close';

const options = { layers: 2, batch: 2, heads: 2, headSize: 3, maxLen: 8 };

function build(seed = 1): TransformerLM {
  manualSeed(seed);
  return new TransformerLM({ vocabSize: 11, dModel: 12, numHeads: 3, numLayers: 2, maxLen: 8 }).eval();
}

const ids = (batch: number, length: number): tf.Tensor2D =>
  tf.tensor2d(
    Array.from({ length: batch * length }, (_, i) => (i * 7 + 3) % 11),
    [batch, length],
    'int32',
  );

describe('KeyValueCache', () => {
  // how a text of eight tokens is cut up, and for how many texts at once
  for (const batch of [1, 3]) {
    for (const cut of [[8], [1, 1, 1, 1, 1, 1, 1, 1], [5, 1, 1, 1], [2, 3, 3]]) {
      for (const recorded of [false, true]) {
        it(`gives what the whole gives, cut as ${cut.join()} for ${batch}${recorded ? ', recorded' : ''}`, () => {
          const model = build(batch + cut.length);
          const text = ids(batch, 8);
          const cache = model.cache(batch);
          const plain = (part: tf.Tensor2D): tf.Tensor3D => model.forward(part, cache);
          const step = recorded ? compile(plain) : plain;
          let at = 0;
          const parts = cut.map((length) => {
            const part = step(tf.slice(text, [0, at], [-1, length]));
            at += length;
            assert.equal(cache.length, at);
            return part;
          });
          assertClose(tf.concat(parts, 1).dataSync(), model.forward(text).dataSync(), 1e-5);
        });
      }
    }
  }

  it('forgets what it is told to, also what was behind it', () => {
    const model = build();
    const cache = model.cache(1);
    const text = ids(1, 6);
    const step = compile((part: tf.Tensor2D) => model.forward(part, cache));
    step(tf.reverse(text, 1)).dispose();
    cache.crop(0);
    const first = step(tf.slice(text, [0, 0], [1, 4]));
    cache.crop(3);
    const again = step(tf.slice(text, [0, 3], [1, 1]));
    assertClose(again.dataSync(), tf.slice(first, [0, 3, 0], [1, 1, 11]).dataSync(), 1e-5);
  });

  it('keeps learnt keys and zeros behind those that were seen', () => {
    manualSeed(2);
    const options = { batchFirst: true, addBiasKv: true, addZeroAttn: true };
    const layer = new nn.MultiheadAttention(4, 2, options);
    const x = tf.randomNormal([1, 5, 4]);
    const cache = new nn.KeyValueCache({ layers: 1, batch: 1, heads: 2, headSize: 2, maxLen: 5 });
    const rows = [...Array(5).keys()].map((t) => {
      const one = tf.slice(x, [0, t, 0], [1, 1, 4]);
      return layer.forward(one, one, one, { past: cache.advance(1).layers[0] })[0];
    });
    const [whole] = layer.forward(x, x, x, { isCausal: true });
    assertClose(tf.concat(rows, 1).dataSync(), whole.dataSync(), 1e-6);
  });

  it('has no room behind its end, in replays too, and stays as it was', () => {
    const model = build();
    const cache = model.cache(1, 4);
    const step = compile((part: tf.Tensor2D) => model.forward(part, cache));
    const message = 'Cannot continue: expected at most 4 positions, got 2 behind 4';
    step(ids(1, 2)).dispose();
    step(ids(1, 2)).dispose();
    assert.throws(() => step(ids(1, 2)), { name: 'RangeError', message });
    assert.throws(() => model.forward(ids(1, 2), cache), { name: 'RangeError', message });
    assert.equal(cache.length, 4);
  });

  it('refuses sizes that are none, and to forget what it has not seen', () => {
    assert.throws(() => new nn.KeyValueCache({ ...options, heads: 0 }), {
      message: 'Cannot build KeyValueCache: heads must be an integer of at least 1, got 0',
    });
    assert.throws(() => new nn.KeyValueCache(options).crop(1), {
      message: 'Cannot crop: expected from 0 to 0 positions, got 1',
    });
  });

  it('frees its memory', () => {
    const before = tf.memory().numTensors;
    new nn.KeyValueCache(options).dispose();
    assert.equal(tf.memory().numTensors, before);
  });
});
