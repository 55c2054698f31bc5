import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { minVersion, satisfies, validRange } from 'semver';

import { PROJECT } from '../../src/engine/backend/paths';

interface Entry {
  readonly optional?: boolean;
  readonly engines?: { readonly node?: string };
}
const read = (name: string): unknown => JSON.parse(readFileSync(join(PROJECT, name), 'utf8'));
const { engines } = read('package.json') as { engines: { node: string } };
const { packages } = read('package-lock.json') as { packages: Record<string, Entry> };

/** The oldest Node of each major version that we promise. */
const oldest = engines.node.split('||').map((range) => minVersion(range)?.version ?? range);

describe('the Nodes of package.json', () => {
  it('are some, each with an oldest one', () => {
    assert.ok(oldest.length > 1 && oldest.every((version) => /^\d+\.\d+\.\d+$/.test(version)), oldest.join());
  });

  for (const version of oldest)
    it(`${version} is one that no pinned package refuses`, () => {
      const refusing = Object.entries(packages).filter(
        ([, { engines: needs }]) =>
          needs?.node && validRange(needs.node) !== null && !satisfies(version, needs.node),
      );
      assert.deepEqual(
        refusing.map(([name, { engines: needs }]) => `${name} wants ${needs?.node ?? ''}`),
        [],
      );
    });
});
