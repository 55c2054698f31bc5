import assert from 'node:assert/strict';

import { normal } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import * as nn from '../../src/nn';
import { assertClose } from '../support/close';

const layers = {
  TransformerEncoderLayer: nn.TransformerEncoderLayer,
  TransformerDecoderLayer: nn.TransformerDecoderLayer,
};

describe('transformer layers', () => {
  for (const [name, Layer] of Object.entries(layers)) {
    it(`${name} has PyTorch's defaults`, () => {
      const layer = new Layer(8, 2);
      const { activation, normFirst, selfAttn, linear1, norm1, dropout } = layer;
      assert.deepEqual(
        [
          activation,
          normFirst,
          selfAttn.batchFirst,
          selfAttn.dropout,
          linear1.outFeatures,
          norm1.eps,
          dropout.p,
        ],
        ['relu', false, false, 0.1, 2048, 1e-5, 0.1],
      );
    });

    it(`${name} hands its options on to all of its parts`, () => {
      const options = { dimFeedforward: 4, dropout: 0.2, layerNormEps: 0.5, batchFirst: true };
      const modules = new Layer(8, 2, options).namedModules().map(([, module]) => module);
      const of = <M extends nn.Module>(Kind: abstract new (...args: never[]) => M) =>
        modules.filter((module): module is M => module instanceof Kind);
      assert.deepEqual(new Set(of(nn.LayerNorm).map(({ eps }) => eps)), new Set([0.5]));
      assert.deepEqual(new Set(of(nn.Dropout).map(({ p }) => p)), new Set([0.2]));
      const attention = of(nn.MultiheadAttention).map(({ dropout, batchFirst }) => [dropout, batchFirst]);
      assert.ok(attention.every(([dropout, batchFirst]) => dropout === 0.2 && batchFirst === true));
      assert.ok(attention.length > 0);
    });
  }

  it('a stack ends with the norm that it is given', () => {
    const x = normal([2, 3, 8]);
    const options = { dimFeedforward: 4, batchFirst: true, normFirst: true };
    const norm = () => new nn.LayerNorm(8, { elementwiseAffine: false });
    const encoder = (rest: object) =>
      new nn.TransformerEncoder(() => new nn.TransformerEncoderLayer(8, 2, options), 2, rest).eval();
    const decoder = (rest: object) =>
      new nn.TransformerDecoder(() => new nn.TransformerDecoderLayer(8, 2, options), 2, rest).eval();
    const means = (y: tf.Tensor3D) => tf.mean(tf.abs(tf.mean(y, 2))).dataSync()[0]!;
    assert.ok(means(encoder({}).forward(x)) > 1e-3);
    assert.ok(means(encoder({ norm: norm() }).forward(x)) < 1e-6);
    assert.ok(means(decoder({}).forward(x, x)) > 1e-3);
    assert.ok(means(decoder({ norm: norm() }).forward(x, x)) < 1e-6);
  });

  it('attends to a value of its own where query and key are the same', () => {
    const attention = new nn.MultiheadAttention(8, 2, { batchFirst: true });
    const [x, value] = [normal([2, 3, 8]), normal([2, 3, 8])];
    const copy = tf.clone(x);
    const [expected] = attention.forward(x, copy, value);
    assertClose(attention.forward(x, x, value)[0].dataSync(), expected.dataSync(), 1e-6);
    // one product for all three gives what three give
    assertClose(attention.forward(x, x, x)[0].dataSync(), attention.forward(x, copy, x)[0].dataSync(), 1e-6);
  });

  it('adds a padding mask of numbers to the scores, and hides by one of true and false', () => {
    const attention = new nn.MultiheadAttention(8, 2, { batchFirst: true });
    const x = normal([2, 3, 8]);
    const weights = (keyPaddingMask: tf.Tensor2D) => attention.forward(x, x, x, { keyPaddingMask })[1];
    const hidden = tf.tensor2d([0, 0, 1, 0, 1, 0], [2, 3], 'bool');
    const added = tf.tensor2d([0, 0, -Infinity, 0, -Infinity, 0], [2, 3]);
    assertClose(weights(added).dataSync(), weights(hidden).dataSync(), 1e-6);
    assertClose(weights(tf.zeros([2, 3])).dataSync(), attention.forward(x, x, x)[1].dataSync(), 1e-6);
  });
});
