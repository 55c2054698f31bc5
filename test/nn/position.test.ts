import assert from 'node:assert/strict';

import * as tf from '../../src/engine/tf';
import * as nn from '../../src/nn';
import { assertClose } from '../support/close';

describe('positions', () => {
  const x = tf.ones([2, 3, 4]);

  for (const [name, encode, table] of [
    [
      'LearnedPositions',
      (max: number) => new nn.LearnedPositions(max, 4),
      (m: nn.LearnedPositions) => m.embedding.weight,
    ],
    [
      'PositionalEncoding',
      (max: number) => new nn.PositionalEncoding(4, { maxLen: max, dropout: 0 }),
      (m: nn.PositionalEncoding) => m.pe,
    ],
  ] as const) {
    it(`${name} adds the first vectors of its table, up to all of them`, () => {
      for (const maxLen of [3, 5]) {
        const module = encode(maxLen);
        const first = tf.slice(table(module as never), [0, 0], [3, 4]);
        assertClose(
          tf.sub(module.forward(x), x).dataSync(),
          [...first.dataSync(), ...first.dataSync()],
          1e-6,
        );
      }
    });
  }

  it('LearnedPositions trains its table, PositionalEncoding keeps its own as a buffer', () => {
    assert.deepEqual([...new nn.LearnedPositions(3, 4).stateDict().keys()], ['embedding.weight']);
    const fixed = new nn.PositionalEncoding(4, { maxLen: 3 });
    assert.deepEqual([fixed.parameters().length, fixed.buffers()], [0, [fixed.pe]]);
  });
});
