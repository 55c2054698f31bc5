import assert from 'node:assert/strict';

import { readFixture } from '../../../src/helpers/course/proof';
import { overSeeds, type SeedRecord } from '../../../src/helpers/course/seeds';

const recorded = readFixture<SeedRecord>('seeds');
const [notebook = '', seeds = {}] = Object.entries(recorded)[0] ?? [];

describe('overSeeds()', () => {
  const { TSDL_PROFILE: profile } = process.env;
  afterEach(() => {
    if (profile === undefined) delete process.env.TSDL_PROFILE;
    else process.env.TSDL_PROFILE = profile;
  });

  it('puts this run before the recorded ones of other seeds, and mean and range behind', () => {
    delete process.env.TSDL_PROFILE;
    const [own = '', ...others] = Object.keys(seeds).sort((a, b) => Number(b) - Number(a));
    const [name = ''] = Object.keys(seeds[own] ?? {});
    const rows = overSeeds(notebook, Number(own), { [name]: 0.123456 });
    assert.equal(rows.length, others.length + 2);
    assert.equal(rows[0]?.[name], 0.123);
    const values = [0.123, ...others.map((seed) => seeds[seed]?.[name] ?? NaN)];
    const mean = Number((values.reduce((sum, value) => sum + value, 0) / values.length).toPrecision(3));
    assert.equal(rows.at(-1)?.[name], `${mean}（${Math.min(...values)} … ${Math.max(...values)}）`);
  });

  it('shows the full profile, which trains otherwise, alone', () => {
    process.env.TSDL_PROFILE = 'full';
    assert.equal(overSeeds(notebook, 42, { x: 1 }).length, 1);
  });
});
