import assert from 'node:assert/strict';

import { Bigrams, mostFrequent } from '../../../src/helpers/course/bigrams';

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('mostFrequent()', () => {
  it('knows what came most often in a context, the first among equals, and nothing of others', () => {
    const guess = mostFrequent([
      ['a', 'x'],
      ['a', 'y'],
      ['b', 'z'],
      ['a', 'y'],
      ['b', 'w'],
    ]);
    assert.deepEqual(['a', 'b', 'c'].map(guess), ['y', 'z', undefined]);
  });
});

describe('Bigrams', () => {
  const verses = ['甲乙丙丁戊，甲乙丙丁戊。', '甲甲甲甲甲，乙乙乙乙乙。', '甲乙丙丁戊己庚，甲乙丙丁戊己庚。'];
  const signs = [...new Set(verses.join(''))];
  const model = new Bigrams(verses, signs.length);

  it('are counts, smoothed with the frequency of the second sign', () => {
    const seconds = verses.map((verse) => [...verse].slice(1)).flat();
    const single = (seconds.filter((sign) => sign === '乙').length + 1) / (seconds.length + signs.length);
    const firsts = verses.flatMap((verse) => [...verse].slice(0, -1)).filter((sign) => sign === '甲').length;
    const [first] = model.probabilities(['甲乙'], 2);
    assert.ok(Math.abs((first ?? 0) - (4 + 2 * single) / (firsts + 2)) < 1e-12);
    const [alone] = model.probabilities(['甲乙'], 1e12);
    assert.ok(Math.abs((alone ?? 0) - single) < 1e-6);
  });

  it('are probabilities: over all second signs they add up to 1', () => {
    const next = signs.map((sign) => model.probabilities([`甲${sign}`], 3)[0] ?? NaN);
    assert.ok(Math.abs(sum(next) - 1) < 1e-9);
    const counted = signs.map((sign) => model.verse([`甲${sign}`], 3)[0] ?? NaN);
    assert.ok(Math.abs(sum(counted) - 1) < 1e-6); // a line cannot end after one sign: both marks are next to nothing
  });

  it('told of the form, knows every mark but the first comma, which has the share of lines of five', () => {
    const probabilities = model.verse(['甲乙丙丁戊，甲乙丙丁戊。']);
    assert.ok(Math.abs((probabilities[4] ?? 0) - 2 / 3) < 1e-12);
    assert.equal(probabilities[10], 1);
    assert.equal(model.verse(['甲乙丙丁戊己庚，'])[6], 1);
    assert.ok((model.verse(['甲乙，'])[1] ?? 1) < 1e-8);
  });
});
