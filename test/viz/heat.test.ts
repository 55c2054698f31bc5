import assert from 'node:assert/strict';

import { heatMap } from '../../src/viz/charts/heat';
import { assertCompiles, valuesOf } from '../support/spec';

describe('heatMap', () => {
  const matrix = { shape: [2, 2], dataSync: () => Float32Array.of(1, 2, 3, 4) };

  it('writes words into the cells in place of numbers', () => {
    const chart = heatMap(matrix, {
      words: [
        ['→', '↓'],
        ['', '墙'],
      ],
    });
    assertCompiles(chart);
    assert.deepEqual(
      valuesOf(chart.spec).map(({ word, value }) => [word, value]),
      [
        ['→', 1],
        ['↓', 2],
        ['', 3],
        ['墙', 4],
      ],
    );
    assertCompiles(heatMap(matrix));
  });

  it('refuses words that do not fit', () => {
    assert.throws(
      () => heatMap(matrix, { words: [['→', '↓']] }),
      /expected 2 lists of words, one for each row, got 1/,
    );
    assert.throws(
      () => heatMap(matrix, { words: [['a'], ['b', 'c']] }),
      /expected 2 words, one for each column, got 1/,
    );
  });
});
