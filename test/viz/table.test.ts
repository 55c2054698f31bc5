import assert from 'node:assert/strict';

import { Table, table } from '../../src/viz/charts/table';

describe('table()', () => {
  const layers = table([
    { 层: 'conv1', 形状: '[1, 28, 28, 32]', 参数: 320 },
    { 层: '全连接', 形状: '[1, 10]', 参数: 5130 },
  ]);

  it('lines up Chinese and Latin text, numbers on the right', () => {
    assert.deepEqual(layers.toString().split('\n'), [
      '层      形状             参数',
      '──────  ───────────────  ────',
      'conv1   [1, 28, 28, 32]   320',
      '全连接  [1, 10]          5130',
    ]);
  });

  it('escapes what is not ours in HTML', () => {
    const html = table([{ a: '<script>"&' }]).html();
    assert.match(html, /&lt;script&gt;&quot;&amp;/);
    assert.doesNotMatch(html, /<script/);
  });

  it('shows the ends of a long table and says so', () => {
    const long = table(
      Array.from({ length: 5000 }, (_, i) => ({ 行: i })),
      { note: '合计' },
    );
    assert.equal(long.rows.length, 121);
    assert.deepEqual([long.rows[99], long.rows[100], long.rows[101]], [[99], ['…'], [4980]]);
    assert.match(long.toString(), /合计；共 5,000 行，只列前 100 行和后 20 行$/);
  });

  it('refuses uneven rows and nothing at all', () => {
    assert.throws(() => new Table(['a', 'b'], [[1]]), /expected 2 cells a row, got 1 in row 0/);
    assert.throws(() => table([]), /at least one record, got 0/);
  });
});
