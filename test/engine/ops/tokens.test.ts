import assert from 'node:assert/strict';

import { inferenceMode } from '../../../src/engine/autograd';
import { compile } from '../../../src/engine/compile';
import { ownOperations } from '../../../src/engine/ops/own';
import { areFewQueries, areFewRows, isFusedNorm } from '../../../src/engine/ops/tokens';
import { manualSeed, normal } from '../../../src/engine/random';
import { tensor } from '../../../src/engine/tensor';
import * as tf from '../../../src/engine/tf';
import { TransformerLM } from '../../../src/models/transformer';
import * as nn from '../../../src/nn';
import * as F from '../../../src/nn/functional';
import { assertClose } from '../../support/close';

/** The same with and without gradients, which is without and with operations of our own. */
function bothWays(body: () => tf.Tensor, tolerance: number): void {
  const [ours, plain] = [inferenceMode(body), body()];
  assert.deepEqual(ours.shape, plain.shape);
  assertClose(ours.arraySync(), plain.arraySync(), tolerance);
}

describe('operations for one token', () => {
  before(function () {
    if (!ownOperations()) this.skip();
  });
  beforeEach(() => manualSeed(3));

  it('multiply few rows, of any size, with and without a bias', () => {
    for (const [rows, inner, columns] of [
      [1, 1, 1],
      [2, 7, 3],
      [5, 33, 21],
      [8, 100, 70],
      [1, 384, 1537],
    ] as const) {
      // prettier-ignore
      const [x, w, b] = [normal([rows, inner]), normal([columns, inner]), normal([columns])];
      assert.equal(
        inferenceMode(() => areFewRows(x, w)),
        true,
      );
      bothWays(() => F.linear(x, w, b), 1e-5 * Math.sqrt(inner));
      bothWays(() => F.linear(tf.reshape(x, [1, rows, inner]), w), 1e-5 * Math.sqrt(inner));
    }
  });

  it('give a row the same bits whatever stands beside it', () => {
    const [x, w] = [normal([7, 50]), normal([3000, 50])];
    inferenceMode(() => {
      const all = F.linear(x, w);
      for (const row of [0, 3, 6]) {
        const own = F.linear(tf.slice(x, [row, 0], [1, -1]), tf.slice(w, [1501, 0], [9, -1]));
        assert.deepEqual(own.dataSync(), tf.slice(all, [row, 1501], [1, 9]).dataSync());
      }
    });
  });

  it('leave many rows, and what may have gradients, to TensorFlow', () => {
    const [few, many, w] = [normal([8, 4]), normal([9, 4]), normal([2, 4])];
    assert.equal(areFewRows(few, w), false);
    assert.equal(isFusedNorm(few), false);
    assert.equal(
      inferenceMode(() => areFewRows(many, w)),
      false,
    );
    assert.equal(
      inferenceMode(() => areFewQueries(normal([1, 2, 9, 4]))),
      false,
    );
  });

  it('normalise last axes with and without scale and offset', () => {
    for (const shape of [[3], [2, 17], [5, 3, 7, 9], [300, 384]]) {
      const x = tf.add(tf.mul(normal(shape), 3), 100);
      const last = shape.slice(-2);
      const affine = { weight: normal(last), bias: normal(last), eps: 1e-3 };
      bothWays(() => F.layerNorm(x, last), 1e-4);
      bothWays(() => F.layerNorm(x, last, affine), 1e-4);
    }
    const wrong = (): tf.Tensor => F.layerNorm(normal([2, 3]), [3], { weight: normal([4]) });
    assert.throws(() => inferenceMode(wrong), /weight/);
  });

  it('compute gelu over the whole range, NaN and infinities included', () => {
    const xs = Array.from({ length: 4001 }, (_, i) => (i - 2000) / 200);
    bothWays(() => F.gelu(tensor(xs)), 1e-6);
    const [nan, upper, lower, zero] = inferenceMode(() =>
      F.gelu(tensor([NaN, Infinity, -1e30, 0])).dataSync(),
    );
    assert.ok(Number.isNaN(nan));
    assert.equal(upper, Infinity);
    assert.ok(lower === 0 && zero === 0);
  });

  it('attend beside a cache as whole sequences do, a few tokens at a time', () => {
    const sizes = { vocabSize: 11, dModel: 24, numHeads: 3, numLayers: 2, maxLen: 20 };
    const model = new TransformerLM(sizes).eval();
    const ids = tf.tensor2d([[3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]], undefined, 'int32');
    const whole = model.forward(ids).arraySync() as number[][][];
    const cache = model.cache();
    const step = compile((text: tf.Tensor2D) => model.forward(text, cache));
    const parts = [1, 3, 1, 1, 6].map((count) => {
      const next = tf.slice(ids, [0, cache.length], [1, count]) as tf.Tensor2D;
      return inferenceMode(() => step(next)).arraySync() as number[][][];
    });
    assertClose(
      parts.flatMap(([text]) => text!),
      whole[0]!,
      1e-5,
    );
    step.dispose();
  });

  it('attend with dropout while training', () => {
    const layer = new nn.TransformerEncoderLayer(8, 2, { dropout: 0.5, batchFirst: true });
    const { layers } = new nn.KeyValueCache({
      layers: 1,
      batch: 1,
      heads: 2,
      headSize: 4,
      maxLen: 3,
    }).advance(1);
    const x: tf.Tensor3D = normal([1, 1, 8]);
    const run = (): tf.Tensor =>
      inferenceMode(() => layer.selfAttn.forward(x, x, x, { past: layers[0], needWeights: false })[0]);
    const seen = new Set(Array.from({ length: 40 }, () => String(run().dataSync())));
    assert.ok(seen.size > 1);
    layer.eval();
    assert.deepEqual(run().dataSync(), run().dataSync());
  });
});
