import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { requirePython } from '../../src/setup/python';

describe('requirePython', () => {
  const { PATH, TSDL_PYTHON } = process.env;
  let bin: string;

  beforeEach(() => {
    bin = mkdtempSync(join(tmpdir(), 'tsdl-python-'));
    process.env.PATH = bin;
    delete process.env.TSDL_PYTHON;
  });
  afterEach(() => {
    process.env.PATH = PATH;
    if (TSDL_PYTHON !== undefined) process.env.TSDL_PYTHON = TSDL_PYTHON;
    rmSync(bin, { recursive: true });
  });

  /** Stands in for an interpreter: gives its answer to whatever it is asked. */
  const interpreter = (name: string, answer: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\necho '${answer}'\n`);
    chmodSync(join(bin, name), 0o755);
  };

  it('takes every patch of the versions whose wheels are pinned', async () => {
    for (const version of ['3.9.0', '3.11.2', '3.15.9']) {
      interpreter('python3', `${version} cpython True`);
      assert.equal((await requirePython()).version, version);
    }
  });

  it('looks for another one where python3 is too old, too new, or no ordinary CPython', async () => {
    interpreter('python3.12', '3.12.1 cpython True');
    for (const answer of ['3.8.20 cpython True', '3.16.0 cpython True', '3.11.9 pypy True']) {
      interpreter('python3', answer);
      assert.equal((await requirePython()).command, 'python3.12');
    }
  });

  it('says why the only one does not do, and the range', async () => {
    const message = async (answer: string) => {
      interpreter('python3', answer);
      return requirePython().then(
        () => 'no fault',
        (fault: Error) => fault.message,
      );
    };
    assert.equal(await message('2.7.18 cpython True'), 'Python 太旧：需要 3.9 到 3.15，python3 是 2.7.18。');
    assert.equal(await message('3.8.20 cpython True'), 'Python 太旧：需要 3.9 到 3.15，python3 是 3.8.20。');
    assert.equal(await message('3.16.0 cpython True'), 'Python 太新：需要 3.9 到 3.15，python3 是 3.16.0。');
    assert.match(await message('3.11.9 pypy True'), /需要普通的 CPython，python3 是 3\.11\.9（pypy）/);
    assert.match(await message('3.14.0 cpython-nogil True'), /需要普通的 CPython/);
  });

  it('names the package that Debian keeps ensurepip in', async () => {
    interpreter('python3', '3.11.2 cpython False');
    const mend = process.platform === 'darwin' ? 'brew install python' : 'sudo apt install python3.11-venv';
    await assert.rejects(requirePython(), { name: 'Fault', mend });
    assert.equal((await requirePython(false)).version, '3.11.2');
  });
});
