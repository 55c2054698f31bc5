import assert from 'node:assert/strict';

import { Table, table } from '../../src/viz/table';

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

  it('refuses uneven rows and nothing at all', () => {
    assert.throws(() => new Table(['a', 'b'], [[1]]), /expected 2 cells a row, got 1 in row 0/);
    assert.throws(() => table([]), /at least one record, got 0/);
  });
});
