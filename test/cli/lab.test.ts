import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { labArguments } from '../../src/cli/lab';
import { sign, unchangedNotebooks } from '../../src/cli/lab/trusted';
import { pythonOf } from '../../src/setup/interpreter';
import { temporaryFolder } from '../support/folder';

describe('labArguments', () => {
  it('opens the table of contents, keeping what else was asked for', () => {
    const [settings, address, ...rest] = labArguments(['--no-browser', '--port=8890'], true);
    assert.match(address ?? '', /default_url=.*README\.md$/);
    const folder = settings?.split('=')[1] ?? '';
    assert.match(readFileSync(join(folder, 'overrides.json'), 'utf8'), /Markdown Preview/);
    assert.deepEqual(rest, ['--no-browser', '--port=8890']);
  });

  it('takes the value of an option for no file', () => {
    const argv = ['--port', '8890', '--no-browser', '--IdentityProvider.token', 'x'];
    assert.deepEqual(labArguments(argv, true).slice(2), argv);
    assert.match(labArguments(argv, true)[1] ?? '', /default_url/);
    assert.equal(labArguments(['--no-browser', '05-cnn.ipynb'], true).length, 3);
  });

  it('tells Jupyter that root is meant', () => {
    assert.deepEqual(labArguments(['05-cnn.ipynb'], true, true).slice(1), ['--allow-root', '05-cnn.ipynb']);
    assert.ok(!labArguments([], true).includes('--allow-root'));
  });

  it('opens a file or an address of the reader with the settings, but not the contents', () => {
    for (const argv of [['05-cnn.ipynb'], ['--ServerApp.default_url=/tree']]) {
      const [settings, ...rest] = labArguments(argv, true);
      assert.match(settings ?? '', /app_settings_dir/);
      assert.deepEqual(rest, argv);
    }
  });

  it('leaves help and a folder without contents alone', () => {
    for (const argv of [['--help'], ['-h'], ['--help-all']]) assert.deepEqual(labArguments(argv, true), argv);
    assert.deepEqual(labArguments([], false), []);
  });
});

describe('the notebooks that JupyterLab trusts', () => {
  const file = temporaryFolder();
  const NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n';
  const put = (name: string, text = NOTEBOOK) => {
    mkdirSync(dirname(file(name)), { recursive: true });
    writeFileSync(file(name), text);
    return file(name);
  };

  it('are none without git', () => {
    put('notebooks/a.ipynb');
    assert.deepEqual(unchangedNotebooks(file('')), []);
  });

  it('are those of the commit, not what was changed or came later', () => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', file(''), '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
        stdio: 'pipe',
      });
    const same = ['notebooks/part/same.ipynb', 'notebooks/same.ipynb'].map((name) => put(name));
    for (const name of ['changed', 'staged']) put(`notebooks/${name}.ipynb`);
    git('init', '-q');
    git('add', 'notebooks');
    git('commit', '-q', '-m', 'notebooks');
    for (const name of ['changed', 'staged', 'later']) put(`notebooks/${name}.ipynb`, `${NOTEBOOK}\n`);
    git('add', 'notebooks/staged.ipynb');
    assert.deepEqual(unchangedNotebooks(file('')).sort(), same);
  });

  it('are signed for the reader, the others are not', async () => {
    const env = { ...process.env, JUPYTER_DATA_DIR: file('data') };
    const files = [
      put('same.ipynb'),
      put('other.ipynb', NOTEBOOK.replace('"metadata": {}', '"metadata": {"a": 1}')),
    ];
    await sign(files.slice(0, 1), env);
    const ask = [
      'import sys, nbformat',
      'from nbformat.sign import NotebookNotary',
      'print([NotebookNotary().check_signature(nbformat.read(name, 4)) for name in sys.argv[1:]])',
    ];
    const answer = execFileSync(pythonOf(), ['-c', ask.join('\n'), ...files], { env, encoding: 'utf8' });
    assert.equal(answer.trim(), '[True, False]');
  });
});
