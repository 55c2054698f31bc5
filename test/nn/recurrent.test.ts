import assert from 'node:assert/strict';

import { manualSeed } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import * as nn from '../../src/nn';
import { maxDiff } from '../support/close';

describe('dropout of a recurrent network', () => {
  const x = tf.ones([4, 2, 3]);
  const kinds = { RNN: nn.RNN, GRU: nn.GRU, LSTM: nn.LSTM };
  /** How far the outputs for two inputs lie apart. */
  const apart = (network: nn.RNN | nn.GRU | nn.LSTM) =>
    maxDiff(network.forward(x)[0].dataSync(), network.forward(tf.mul(x, 2))[0].dataSync());

  for (const [name, Kind] of Object.entries(kinds)) {
    it(`lies between the layers of ${name}, while training alone`, () => {
      manualSeed(3);
      const dropping = new Kind(3, 5, { numLayers: 2, dropout: 1 });
      assert.equal(apart(dropping), 0); // the second layer sees nothing of the first
      assert.ok(Math.max(...dropping.forward(x)[0].dataSync().map(Math.abs)) > 0.01);
      assert.ok(apart(dropping.eval()) > 1e-3);
      assert.ok(apart(new Kind(3, 5, { numLayers: 1, dropout: 1 })) > 1e-3);
    });
  }

  it('stands in the tree, and so does what else differs from the usual', () => {
    const all = { numLayers: 2, bias: false, batchFirst: true, dropout: 0.5, bidirectional: true };
    assert.equal(
      String(new nn.LSTM(3, 5, all)),
      'LSTM(3, 5, num_layers=2, bias=False, batch_first=True, dropout=0.5, bidirectional=True)',
    );
    assert.equal(String(new nn.RNN(3, 5)), 'RNN(3, 5)');
    assert.equal(new nn.RNN(3, 5).nonlinearity, 'tanh');
  });
});
