import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { new as course } from '../../src/cli/new';
import { cellText, formatNotebook, type Notebook } from '../../src/cli/run/notebook';
import { temporaryFolder } from '../support/folder';

describe('tsdl new', () => {
  const path = temporaryFolder();
  const { log } = console;
  beforeEach(() => (console.log = () => {}));
  afterEach(() => (console.log = log));

  it('writes a notebook of the course’s form: prose before code, an exercise, its solution, its check', async () => {
    const folder = path('my-course');
    assert.equal(await course([folder]), 0);
    const text = readFileSync(join(folder, '01-start.ipynb'), 'utf8');
    assert.equal(text, formatNotebook(text, '01-start'));
    const { cells } = JSON.parse(text) as Notebook;
    const bare = cells.filter((c, i) => c.cell_type === 'code' && cells[i - 1]?.cell_type !== 'markdown');
    assert.deepEqual(bare, []);
    const tags = cells.filter((c) => c.cell_type === 'code').flatMap((c) => c.metadata.tags ?? []);
    assert.deepEqual(tags, ['exercise', 'solution', 'check']);
    assert.ok(cellText(cells[0]!).startsWith('# my-course\n'));
    assert.match(readFileSync(join(folder, 'README.md'), 'utf8'), /npx tsdl run 01-start\.ipynb/);
  });

  it('touches nothing that is there', async () => {
    mkdirSync(path('mine'));
    await assert.rejects(course([path('mine')]), /已经存在/);
    assert.ok(!existsSync(join(path('mine'), 'README.md')));
  });

  it('refuses arguments that it does not know', () => assert.rejects(course(['a', 'b']), /不认识 a b/));
});
