import assert from 'node:assert/strict';

import { decisionRegion, MAX_POINTS, scatter } from '../../src/viz/charts/scatter';
import { assertCompiles, subtitleOf, valuesOf } from '../support/spec';

const points = [
  [0, 0],
  [1, 1],
  [0, 1],
];

describe('scatter', () => {
  it('colours points by class name', () => {
    const chart = scatter(points, { labels: [0, 1, 0], classes: ['猫', '狗'] });
    assertCompiles(chart);
    assert.deepEqual(
      valuesOf(chart.spec).map((v) => v.label),
      ['猫', '狗', '猫'],
    );
  });

  it('samples a million points and says so', () => {
    const many = {
      shape: [1e6, 2],
      dataSync: () => Float32Array.from({ length: 2e6 }, (_, i) => Math.sin(i)),
    };
    const chart = scatter(many);
    assert.equal(valuesOf(chart.spec).length, MAX_POINTS);
    assert.match(subtitleOf(chart), /1,000,000 个点中均匀取 5000 个/);
  });

  it('leaves out points that are not finite and says so', () => {
    assert.match(
      subtitleOf(
        scatter([
          [0, 0],
          [NaN, 1],
        ]),
      ),
      /1 个点含 NaN/,
    );
  });

  it('refuses other shapes and lengths', () => {
    assert.throws(() => scatter([[1, 2, 3]]), /expected points \[n, 2\], got \[1, 3\]/);
    assert.throws(() => scatter([[1, 2], [3]]), /rows of equal length/);
    assert.throws(() => scatter(points, { labels: [1] }), /expected 3 labels, one for each point, got 1/);
    assert.throws(() => scatter([]), /expected 2 dimensions, got shape \[0\]/);
  });
});

describe('decisionRegion', () => {
  it('asks the classifier once, top row first', () => {
    let asked: number[][] = [];
    const chart = decisionRegion(points, (grid) => (asked = grid).map(([x = 0]) => x), { resolution: 4 });
    assertCompiles(chart);
    assert.equal(asked.length, 16);
    assert.ok((asked[0]?.[1] ?? 0) > (asked[15]?.[1] ?? 0));
    assert.match(JSON.stringify(chart.spec), /data:image\/png;base64/);
  });

  it('refuses a classifier that answers too few places', () => {
    assert.throws(() => decisionRegion(points, () => [1], { resolution: 4 }), /expected 16 answers/);
    assert.throws(() => decisionRegion(points, () => [1], { resolution: 1e4 }), /resolution from 2 to 400/);
  });
});
