import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Advisory, affected, audit, pinsOf } from '../../tools/advisories';

const LOCK = JSON.stringify({
  packages: {
    '': { version: '0.1.0' },
    'node_modules/a': { version: '1.10.0' },
    'node_modules/b/node_modules/@s/a': { version: '2.0.0' },
  },
});
const REQUIREMENTS =
  "Jinja2==3.1.6 ; python_version < '3.10' \\\n    --hash=sha256:00\nzipp==3.23.1 \\\n    --hash=sha256:11\n";
const range = (ecosystem: string, name: string, ...events: object[]): Advisory => ({
  id: 'X-1',
  summary: 'bad',
  affected: [{ package: { ecosystem, name }, ranges: [{ type: 'SEMVER', events }] }],
});

describe('npm run advisories', () => {
  const pins = pinsOf(LOCK, REQUIREMENTS);

  it('reads what the two files pin', () => {
    assert.deepEqual(
      pins.map(({ ecosystem, name, version }) => `${ecosystem} ${name} ${version}`),
      ['npm a 1.10.0', 'npm @s/a 2.0.0', 'PyPI jinja2 3.1.6', 'PyPI zipp 3.23.1'],
    );
  });

  it('finds versions in ranges and lists, and no others', () => {
    const names = (advisory: Advisory) => affected(pins, advisory).map(({ name }) => name);
    assert.deepEqual(names(range('npm', 'a', { introduced: '0' }, { fixed: '1.10.1' })), ['a']);
    assert.deepEqual(names(range('npm', 'a', { introduced: '0' }, { fixed: '1.9.0' })), []);
    assert.deepEqual(
      names(range('npm', 'a', { introduced: '0' }, { fixed: '1.9.0' }, { introduced: '1.9.5' })),
      ['a'],
    );
    assert.deepEqual(names(range('npm', 'a', { introduced: '1.2.0' }, { last_affected: '1.10.0' })), ['a']);
    assert.deepEqual(names(range('PyPI', 'a', { introduced: '0' })), []);
    assert.deepEqual(names(range('PyPI', 'JINJA2', { introduced: '3.0' }, { fixed: '3.1.7' })), ['jinja2']);
    assert.deepEqual(names({ ...range('npm', 'a', { introduced: '0' }), withdrawn: '2026-01-01' }), []);
    const listed = {
      id: 'X-2',
      affected: [{ package: { ecosystem: 'npm', name: '@s/a' }, versions: ['2.0.0'] }],
    };
    assert.deepEqual(names(listed), ['@s/a']);
  });

  it('prints them and ends with 1, or with 0 where there is none', () => {
    const dir = mkdtempSync(join(tmpdir(), 'tsdl-test-'));
    try {
      writeFileSync(join(dir, 'package-lock.json'), LOCK);
      writeFileSync(join(dir, 'requirements.txt'), REQUIREMENTS);
      const export_ = mkdtempSync(join(dir, 'osv-'));
      const lines: string[] = [];
      assert.throws(() => audit(dir, export_), /expected JSON files of OSV/);
      writeFileSync(join(export_, 'a.json'), JSON.stringify(range('npm', 'other', { introduced: '0' })));
      assert.equal(
        audit(dir, export_, (line) => lines.push(line)),
        0,
      );
      writeFileSync(join(export_, 'b.json'), JSON.stringify(range('npm', 'a', { introduced: '0' })));
      assert.equal(
        audit(dir, export_, (line) => lines.push(line)),
        1,
      );
      assert.deepEqual(lines, [
        '4 packages, 1 advisories, 0 found',
        'X-1 a 1.10.0: bad',
        '4 packages, 2 advisories, 1 found',
      ]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
