import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { courseNotebooks, parseRunOptions } from '../../../src/cli/run/options';
import { kernelEnvironment } from '../../../src/cli/run/whole';

describe('parseRunOptions()', () => {
  let dir = '';
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'tsdl-options-'));
    for (const name of ['10-transfer', '01-introduction', '05-cnn'])
      writeFileSync(join(dir, `${name}.ipynb`), '{}');
    writeFileSync(join(dir, 'README.md'), '');
    for (const folder of ['11-summary', 'other']) {
      mkdirSync(join(dir, folder));
      writeFileSync(join(dir, folder, '01-gpt.ipynb'), '{}');
    }
  });
  after(() => rmSync(dir, { recursive: true }));

  const file = () => join(dir, '05-cnn.ipynb');

  it('takes the notebooks of the course in order, or those that --only names', () => {
    const names = (only?: string) => courseNotebooks(only, dir).map((path) => path.slice(dir.length + 1, -6));
    assert.deepEqual(names(), ['01-introduction', '05-cnn', '10-transfer', '11-summary/01-gpt']);
    assert.deepEqual(names('01'), ['01-introduction']);
    assert.deepEqual(names('11-summary/01'), ['11-summary/01-gpt']);
    assert.deepEqual(names('10, 05'), ['05-cnn', '10-transfer']);
    assert.throws(() => names('05,77'), /expected --only to name some of \[01-introduction, .*got "77"/);
  });

  it('takes files that are named', () => {
    assert.deepEqual(parseRunOptions([file()]).notebooks, [file()]);
    assert.throws(() => parseRunOptions([join(dir, 'none.ipynb')]), /expected an .ipynb file, got/);
  });

  it('allows more time in the full profile', () => {
    const [smoke, full] = ['smoke', 'full'].map((profile) => parseRunOptions([file(), '--profile', profile]));
    assert.ok(full!.cellSeconds > smoke!.cellSeconds);
    assert.equal(parseRunOptions([file(), '--cell-timeout', '7']).cellSeconds, 7);
  });

  it('refuses an unknown profile, an unknown flag and a limit that is none', () => {
    assert.throws(() => parseRunOptions([file(), '--profile', 'fast']), /^RangeError: .* got "fast"$/);
    assert.throws(() => parseRunOptions([file(), '--fast']), TypeError);
    assert.throws(
      () => parseRunOptions([file(), '--cell-timeout', '0']),
      /--cell-timeout in seconds above 0, got "0"/,
    );
  });
});

describe('kernelEnvironment()', () => {
  it('keeps the smoke profile off the network unless the user says otherwise', () => {
    assert.deepEqual(
      [
        kernelEnvironment('smoke', {}),
        kernelEnvironment('full', {}),
        kernelEnvironment('smoke', { TSDL_OFFLINE: '0' }),
      ].map(({ TSDL_OFFLINE, TSDL_PROFILE, TSDL_SEED }) => [TSDL_OFFLINE, TSDL_PROFILE, TSDL_SEED]),
      [
        ['1', 'smoke', '0'],
        [undefined, 'full', '0'],
        ['0', 'smoke', '0'],
      ],
    );
  });
});
