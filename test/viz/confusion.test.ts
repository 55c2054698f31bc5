import assert from 'node:assert/strict';

import { confusionMatrix } from '../../src/viz/charts/confusion';
import { assertCompiles, subtitleOf } from '../support/spec';

const counts = [
  [8, 2],
  [0, 5],
];

describe('confusionMatrix()', () => {
  it('writes counts and the shares of each row', () => {
    const chart = confusionMatrix(counts, { classes: ['猫', '狗'] });
    assertCompiles(chart);
    const svg = chart.svg();
    for (const word of ['>8<', '>80.0%<', '>2<', '>20.0%<', '>100.0%<']) assert.ok(svg.includes(word), word);
    assert.equal(chart.summary, '2 类，15 个样本中 13 个正确（86.7%）');
  });

  it('writes counts alone when asked to', () =>
    assert.doesNotMatch(confusionMatrix(counts, { shares: false }).svg(), /80\.0%/));

  it('draws a thousand classes as one picture', () => {
    const many = Array.from({ length: 1000 }, (_, i) => {
      const row = new Array<number>(1000).fill(0);
      row[i] = 3;
      return row;
    });
    const chart = confusionMatrix(many);
    assertCompiles(chart);
    assert.match(subtitleOf(chart), /白（0%）到深蓝（占该类 100%）；1000×1000 格，每 3×3 个取平均/);
  });

  it('refuses two classes of one name, and no samples', () => {
    assert.throws(() => confusionMatrix(counts, { classes: ['a', 'a'] }), /got 'a' twice/);
    assert.throws(() => confusionMatrix([[0]]), /at least one sample/);
  });
});
