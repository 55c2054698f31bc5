import assert from 'node:assert/strict';

import { penguins, seaTemperatures } from '../../../src/helpers/datasets/measurements';

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

describe('penguins()', () => {
  const all = penguins();
  const measured = all.filter(({ bodyMass }) => bodyMass > 0);

  it('are 344, two of them not measured, eleven without a sex', () => {
    assert.deepEqual([all.length, measured.length], [344, 342]);
    assert.equal(all.filter(({ sex }) => sex === '').length, 11);
    assert.deepEqual([...new Set(all.map(({ sex }) => sex))].sort(), ['', 'female', 'male']);
  });

  it('are of three species, as many as Gorman et al. (2014) published', () => {
    const count = (name: string) => all.filter(({ species }) => species === name).length;
    assert.deepEqual(['Adelie', 'Chinstrap', 'Gentoo'].map(count), [152, 68, 124]);
    assert.deepEqual(new Set(all.map(({ island }) => island)), new Set(['Torgersen', 'Biscoe', 'Dream']));
    assert.deepEqual(new Set(all.map(({ year }) => year)), new Set([2007, 2008, 2009]));
  });

  it('have each measurement in its column: the first bird, and plausible sizes of all', () => {
    const [first] = all;
    assert.deepEqual(first, {
      species: 'Adelie',
      island: 'Torgersen',
      billLength: 39.1,
      billDepth: 18.7,
      flipperLength: 181,
      bodyMass: 3750,
      sex: 'male',
      year: 2007,
    });
    for (const { billLength, billDepth, flipperLength, bodyMass } of measured) {
      assert.ok(billLength > 30 && billLength < 60 && billDepth > 13 && billDepth < 22);
      assert.ok(flipperLength > 170 && flipperLength < 235 && bodyMass > 2500 && bodyMass < 6500);
    }
  });
});

describe('seaTemperatures()', () => {
  const { firstYear, celsius } = seaTemperatures();

  it('are 61 years of twelve months, without gaps', () => {
    assert.deepEqual([firstYear, celsius.length], [1950, 61 * 12]);
    assert.deepEqual([celsius[0], celsius[11], celsius[12], celsius.at(-1)], [23.11, 21.8, 24.19, 22.07]);
    for (const value of celsius) assert.ok(value > 17 && value < 31, String(value));
  });

  it('are warmest in March, coldest in September, and show the El Niño of 1997', () => {
    const usual = Array.from({ length: 12 }, (_, m) => mean(celsius.filter((_, t) => t % 12 === m)));
    assert.deepEqual([usual.indexOf(Math.max(...usual)), usual.indexOf(Math.min(...usual))], [2, 8]);
    assert.ok((celsius[(1997 - 1950) * 12 + 11] ?? 0) - (usual[11] ?? 0) > 3);
  });
});
