import assert from 'node:assert/strict';

import { lineChart } from '../../src/viz/charts/line';
import { toSvg } from '../../src/viz/drawing/render';
import { MAX_LINE_POINTS, thin } from '../../src/viz/drawing/series';
import { assertCompiles, subtitleOf, valuesOf } from '../support/spec';

describe('lineChart', () => {
  it('draws every point of every series', () => {
    const chart = lineChart(
      { a: [1, 2, 3], b: Float32Array.of(3, 2, 1) },
      { x: [10, 20, 30], title: '两条线' },
    );
    assertCompiles(chart);
    assert.deepEqual(valuesOf(chart.spec)[0], { x: 10, y: 1, series: 'a' });
    assert.equal(valuesOf(chart.spec).length, 6);
    assert.equal(chart.summary, '两条线：a 1 → 3，b 3 → 1');
  });

  it('leaves a gap for NaN and says so', () => {
    const chart = lineChart({ a: [1, NaN, 3, Infinity] });
    assertCompiles(chart);
    assert.deepEqual(
      valuesOf(chart.spec).map((v) => v.y),
      [1, null, 3, null],
    );
    assert.match(subtitleOf(chart), /2 个值不是有限数/);
  });

  it('labels a level line with its value', () => {
    for (const y of [0.001, 0, -3.5]) {
      const svg = toSvg(lineChart({ a: [y, y, y] }).spec);
      const ticks = [...svg.matchAll(/text-anchor="end"[^>]*>([^<]+)</g)].map(([, text]) => text);
      const values = ticks.map((tick) => Number(tick?.replace('−', '-')));
      assert.ok(values.includes(y), `${y} of ${ticks.join()}`);
      assert.ok(new Set(ticks).size > 1);
    }
  });

  it('draws a level line in the middle of a logarithmic axis, ten times its value above and below', () => {
    const chart = lineChart({ a: [2, 2] }, { logY: true });
    assertCompiles(chart);
    const [line] = chart.spec.layer as { encoding: { y: { scale: unknown } } }[];
    assert.deepEqual(line?.encoding.y.scale, { type: 'log', domain: [0.2, 20] });
  });

  it('thins a million points, keeps the spike and says so', () => {
    const y = new Float32Array(1e6).fill(1);
    y[654321] = 99;
    const chart = lineChart({ a: y });
    const values = valuesOf(chart.spec);
    assert.ok(values.length <= MAX_LINE_POINTS);
    assert.ok(values.some((v) => v.y === 99 && v.x === 654321));
    assert.match(subtitleOf(chart), /1,000,000 个点/);
  });

  it('marks places with a word', () => {
    const chart = lineChart({ a: [3, 1, 2] }, { marks: [{ x: 1, label: '最低' }] });
    assertCompiles(chart);
    assert.match(JSON.stringify(chart.spec), /最低/);
  });

  it('refuses what it cannot draw, with the name of the series', () => {
    assert.throws(() => lineChart({}), /at least one series, got 0/);
    assert.throws(() => lineChart({ 损失: [] }), /'损失': expected at least one value, got 0/);
    assert.throws(
      () => lineChart({ a: [1, 2] }, { x: [1, 2, 3] }),
      /expected 3 values, one for each x, got 2/,
    );
    assert.throws(() => lineChart({ a: [NaN, NaN] }), /expected finite values, got 2 that are NaN/);
    assert.throws(
      () => lineChart({ a: [1, 0] }, { logY: true }),
      /logarithmic y axis needs values above 0, got 0/,
    );
    assert.throws(() => lineChart({ a: 'abc' as never }), /TypeError|expected a tensor/);
  });
});

describe('thin', () => {
  it('keeps short series whole and long ones in order', () => {
    assert.deepEqual(thin([5, 4, 3]), [0, 1, 2]);
    const kept = thin(
      Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i)),
      100,
    );
    assert.ok(kept.length <= 100);
    assert.deepEqual(
      kept,
      [...kept].sort((a, b) => a - b),
    );
  });
});
