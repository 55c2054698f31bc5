import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { labArguments } from '../../src/cli/lab';

describe('labArguments', () => {
  it('opens the table of contents, keeping what else was asked for', () => {
    const [settings, address, ...rest] = labArguments(['--no-browser', '--port=8890'], true);
    assert.match(address ?? '', /default_url=.*README\.md$/);
    const folder = settings?.split('=')[1] ?? '';
    assert.match(readFileSync(join(folder, 'overrides.json'), 'utf8'), /Markdown Preview/);
    assert.deepEqual(rest, ['--no-browser', '--port=8890']);
  });

  it('tells Jupyter that root is meant', () => {
    assert.deepEqual(labArguments(['05-cnn.ipynb'], true, true), ['--allow-root', '05-cnn.ipynb']);
    assert.ok(!labArguments([], true).includes('--allow-root'));
  });

  it('leaves a file, an address of the reader, help and a folder without contents alone', () => {
    for (const argv of [['05-cnn.ipynb'], ['--ServerApp.default_url=/tree'], ['--help']]) {
      assert.deepEqual(labArguments(argv, true), argv);
    }
    assert.deepEqual(labArguments([], false), []);
  });
});
