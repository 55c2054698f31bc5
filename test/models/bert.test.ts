import assert from 'node:assert/strict';

import { compile } from '../../src/engine/compile';
import { manualSeed } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import { Adam } from '../../src/helpers/optim/optimizers';
import { BertForMaskedLM } from '../../src/models/bert';
import * as nn from '../../src/nn';
import { assertClose } from '../support/close';

const build = () =>
  new BertForMaskedLM({ vocabSize: 9, dModel: 16, numHeads: 2, numLayers: 1, maxLen: 8, dropout: 0 });
const ids = (rows: number[][]) => tf.tensor2d(rows, undefined, 'int32');

describe('BertForMaskedLM', () => {
  it('maps [b, t] to logits [b, t, vocabSize], nearly even at the start', () => {
    manualSeed(1);
    const logits = build().forward(ids([[3, 4, 5, 0]]));
    assert.deepEqual(logits.shape, [1, 4, 9]);
    assert.ok(Math.max(...logits.dataSync().map(Math.abs)) < 1);
  });

  it('has one weight for embedding and head', () => {
    const names = build()
      .namedParameters()
      .map(([name]) => name);
    assert.ok(names.includes('embedding.weight') && names.includes('bias'));
    assert.ok(!names.some((name) => name.startsWith('head') || name.startsWith('decoder')));
  });

  it('does not see the filling, but sees what comes later', () => {
    manualSeed(1);
    const model = build().eval();
    const first = (row: number[]) => tf.slice(model.forward(ids([row])), [0, 0, 0], [1, 1, 9]).dataSync();
    assertClose(first([3, 4, 5, 0, 0]), first([3, 4, 5]), 1e-5);
    assert.notDeepEqual(first([3, 4, 6]), first([3, 4, 5]));
  });

  it('learns to fill a hole from both sides in a compiled step', () => {
    manualSeed(1);
    const model = build();
    const optimizer = new Adam(model.parameters(), { lr: 0.01 });
    // 8 is the mask; what is missing is told by the neighbours together
    const [x, y] = [ids([[3, 8, 5], [3, 8, 6], [4, 8, 5]]), ids([[-100, 1, -100], [-100, 2, -100], [-100, 7, -100]])]; // prettier-ignore
    const step = compile((a: tf.Tensor2D, b: tf.Tensor2D) =>
      optimizer.minimize(() => nn.crossEntropy(model.forward(a), b, { ignoreIndex: -100 })),
    );
    for (let i = 0; i < 80; i++) step(x, y).dispose();
    const guesses = tf.argMax(model.eval().forward(x), 2).arraySync() as number[][];
    assert.deepEqual(
      guesses.map((row) => row[1]),
      [1, 2, 7],
    );
  });
});
