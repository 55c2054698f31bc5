import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';

import { Run } from '../../../src/cli/run/whole';
import { writeAtomically } from '../../../src/helpers/files/file';
import { format } from '../../../tools/format';
import { temporaryFolder } from '../../support/folder';

describe('writeAtomically()', () => {
  const path = temporaryFolder();
  const text = (name: string) => readFileSync(path(name), 'utf8');

  it('writes text, bytes, or parts', () => {
    writeAtomically(path('a'), 'é');
    writeAtomically(path('b'), Uint8Array.of(104, 105));
    writeAtomically(path('c'), [Uint8Array.of(104), Uint8Array.of(105)]);
    assert.deepEqual(['a', 'b', 'c'].map(text), ['é', 'hi', 'hi']);
    assert.deepEqual(readdirSync(path('')), ['a', 'b', 'c']);
  });

  it('names a folder that is not there', () => {
    assert.throws(() => writeAtomically(path('none/a'), 'x'), {
      message: /^Cannot write .*none\/a: expected a folder .*none, got none; make it first$/,
      code: 'ENOENT',
    });
  });

  it('keeps the mode of the old file', () => {
    writeFileSync(path('secret'), 'old');
    chmodSync(path('secret'), 0o640);
    writeAtomically(path('secret'), 'new');
    assert.equal(statSync(path('secret')).mode & 0o7777, 0o640);
  });

  it('follows links, to files that are not there yet as well', () => {
    mkdirSync(path('real'));
    writeFileSync(path('real/file'), 'old');
    symlinkSync('real/file', path('link'));
    symlinkSync('real/none', path('dangling'));
    symlinkSync('loop', path('loop'));
    writeAtomically(path('link'), 'new');
    writeAtomically(path('dangling'), 'made');
    assert.deepEqual([text('real/file'), text('real/none')], ['new', 'made']);
    assert.ok(lstatSync(path('link')).isSymbolicLink() && lstatSync(path('dangling')).isSymbolicLink());
    assert.throws(() => writeAtomically(path('loop'), ''), /ELOOP/);
  });

  it('takes names as long as a name can be', () => {
    const name = '深'.repeat(85);
    writeAtomically(path(name), 'long');
    assert.equal(text(name), 'long');
  });

  it('writes into a pipe and leaves it one', () => {
    // A pipe of the test's own: a writer that fails here must not be able to replace a device of the machine.
    assert.equal(spawnSync('mkfifo', [path('pipe')]).status, 0);
    const reader = openSync(path('pipe'), 'r+');
    try {
      writeAtomically(path('pipe'), 'x');
      assert.ok(statSync(path('pipe')).isFIFO());
      assert.equal(readSync(reader, Buffer.alloc(8)), 1);
    } finally {
      closeSync(reader);
    }
  });

  it('leaves the old file and nothing else when the content or the check throws', () => {
    writeFileSync(path('a'), 'old');
    function* failing() {
      yield Uint8Array.of(1);
      throw new Error('no more');
    }
    assert.throws(() => writeAtomically(path('a'), failing()), /no more/);
    const check = () => {
      throw new Error('not good');
    };
    assert.throws(() => writeAtomically(path('a'), 'new', check), /not good/);
    assert.deepEqual([text('a'), readdirSync(path(''))], ['old', ['a']]);
  });

  describe('on a full disk', () => {
    const long = 'print(1)\n'.repeat(4000);
    /** A notebook that is not in its canonical form. */
    const notebook = (source: string) =>
      JSON.stringify({
        nbformat: 4,
        nbformat_minor: 5,
        metadata: {},
        cells: [{ cell_type: 'code', id: 'x', metadata: {}, source, outputs: [], execution_count: 1 }],
      });

    beforeEach(function () {
      mkdirSync(path('disk'));
      const mounted =
        spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path('disk')]).status === 0;
      if (!mounted) this.skip(); // only the superuser may mount, and not in every container
    });
    afterEach(() => spawnSync('umount', [path('disk')]));

    /** What is on the disk is as it was, and `body` said why. */
    async function leavesAlone(file: string, body: () => unknown): Promise<void> {
      const before = readFileSync(file, 'utf8');
      await assert.rejects(Promise.resolve().then(body), /ENOSPC/);
      assert.equal(readFileSync(file, 'utf8'), before);
      assert.deepEqual(readdirSync(dirname(file)), [basename(file)]);
    }

    it('writeAtomically() leaves the old file', async () => {
      writeFileSync(path('disk/a'), 'x'.repeat(40_000));
      await leavesAlone(path('disk/a'), () => writeAtomically(path('disk/a'), 'y'.repeat(40_000)));
    });

    it('tsdl format leaves the notebook', async () => {
      writeFileSync(path('disk/a.ipynb'), notebook(long));
      await leavesAlone(path('disk/a.ipynb'), () => format([path('disk/a.ipynb')]));
    });

    it('tsdl run --write leaves the notebook', async () => {
      const file = path('disk/a.ipynb');
      writeFileSync(file, notebook(long));
      mkdirSync(path('out'));
      writeFileSync(path('out/a.ipynb'), notebook(long));
      const limits = { cellSeconds: 1, notebookSeconds: 1 };
      const options = { notebooks: [file], profile: 'smoke', out: path('out'), write: true } as const;
      const run = new Run({ ...options, kernel: undefined, junit: undefined, ...limits });
      const entry = { notebook: 'a', path: file, cells: 1, executed: 1, seconds: 1, cellSeconds: [1] };
      const report = {
        status: 'passed',
        profile: 'smoke',
        seed: '0',
        started: '2026-01-01T00:00:00Z',
        seconds: 1,
        versions: {},
        machine: {},
        notebooks: [{ ...entry, device: null, peakMB: null, status: 'passed', error: null }],
      } as const;
      await leavesAlone(file, () => {
        const { log } = console;
        const said: string[] = [];
        console.log = (line: string) => void said.push(line);
        try {
          if (!run.writeBack(report)) throw new Error(said.join('\n'));
        } finally {
          console.log = log;
        }
      });
    });
  });
});
