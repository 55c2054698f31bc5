import assert from 'node:assert/strict';

import { drawPattern, PATTERNS, patternSet } from '../../../src/helpers/datasets/textures';

describe('drawPattern()', () => {
  it('draws each kind in at least two colours of 0 … 1, no two kinds alike', () => {
    const drawn = PATTERNS.map((kind) => drawPattern(kind, { size: 24, seed: 5 }));
    for (const values of drawn) {
      assert.equal(values.length, 24 * 24 * 3);
      assert.ok(values.every((value) => value >= 0 && value <= 1));
      assert.ok(new Set(values).size > 3);
    }
    assert.equal(new Set(drawn.map((values) => values.join())).size, PATTERNS.length);
  });

  it('repeats itself with the period along its direction', () => {
    const palette = [
      [0, 0, 0],
      [1, 1, 1],
    ] as const;
    const values = drawPattern('stripes', { size: 20, period: 10, angle: 0, palette });
    const row = Array.from({ length: 20 }, (_, x) => values[3 * x]);
    assert.deepEqual(row.slice(0, 10), row.slice(10));
    assert.equal(row.filter((value) => value === 1).length, 10);
  });

  it('depends on the seed alone', () => {
    assert.deepEqual(drawPattern('mosaic', { seed: 1 }), drawPattern('mosaic', { seed: 1 }));
    assert.notDeepEqual(drawPattern('mosaic', { seed: 1 }), drawPattern('mosaic', { seed: 2 }));
  });

  it('refuses what cannot be drawn', () => {
    assert.throws(
      () => drawPattern('dots', { palette: [[0, 0, 0]] }),
      /^RangeError: Cannot draw pattern: .* 1 colours/,
    );
    assert.throws(() => drawPattern('dots', { size: 0 }), /got size 0/);
    assert.throws(() => patternSet({ count: 0 }), /^RangeError: Cannot draw patterns: .* got 0$/);
  });
});

describe('patternSet()', () => {
  it('takes the kinds in turn', () => {
    const [x, y] = patternSet({ count: 10, size: 16, seed: 1 }).gather([0, 8, 9]);
    assert.deepEqual([x.shape, y.dtype, [...y.dataSync()]], [[3, 16, 16, 3], 'int32', [0, 0, 1]]);
  });
});
