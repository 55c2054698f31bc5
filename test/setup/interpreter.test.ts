import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Python, pythonOf, requirePython } from '../../src/setup/interpreter';

type About = Partial<Omit<Python, 'command'>>;

describe('requirePython', () => {
  const { PATH, TSDL_PYTHON } = process.env;
  let dir: string;
  let venv: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tsdl-python-'));
    venv = join(dir, '.venv');
    process.env.PATH = dir;
    delete process.env.TSDL_PYTHON;
  });
  afterEach(() => {
    process.env.PATH = PATH;
    if (TSDL_PYTHON === undefined) delete process.env.TSDL_PYTHON;
    else process.env.TSDL_PYTHON = TSDL_PYTHON;
    rmSync(dir, { recursive: true });
  });

  /** Stands in for an interpreter: gives its answer to whatever it is asked. */
  const interpreter = (name: string, about: About): string => {
    const answer = { version: '3.11.2', kind: 'cpython', home: '/usr', complete: true, ...about };
    const file = join(dir, name);
    writeFileSync(file, `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const message = (about: About): string => {
    interpreter('python3', about);
    try {
      return requirePython({ venv }).version;
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('takes every patch of the versions whose wheels are pinned', () => {
    for (const version of ['3.9.0', '3.11.2', '3.15.9']) assert.equal(message({ version }), version);
  });

  it('looks for another one where python3 is too old, too new, or no ordinary CPython', () => {
    interpreter('python3.12', { version: '3.12.1' });
    for (const about of [{ version: '3.8.20' }, { version: '3.16.0' }, { kind: 'pypy' }]) {
      assert.equal(message(about), '3.12.1');
    }
  });

  it('says why the only one does not do, and the range', () => {
    assert.equal(message({ version: '2.7.18' }), 'Python 太旧：需要 3.9 到 3.15，python3 是 2.7.18。');
    assert.equal(message({ version: '3.8.20' }), 'Python 太旧：需要 3.9 到 3.15，python3 是 3.8.20。');
    assert.equal(message({ version: '3.16.0' }), 'Python 太新：需要 3.9 到 3.15，python3 是 3.16.0。');
    assert.match(message({ kind: 'pypy' }), /需要普通的 CPython，python3 是 3\.11\.2（pypy）/);
    assert.match(message({ kind: 'cpython-nogil' }), /需要普通的 CPython/);
  });

  it('names the package that Debian keeps ensurepip in, for Debian’s own Python', () => {
    interpreter('python3', { complete: false });
    const debian = process.platform === 'linux' ? 'sudo apt install python3.11-venv' : /TSDL_PYTHON/;
    assert.throws(() => requirePython({ venv }), { name: 'Fault', mend: debian });
    assert.equal(requirePython({ venv, complete: false }).version, '3.11.2');
    interpreter('python3', { complete: false, home: '/opt/python' });
    assert.throws(() => requirePython({ venv }), { name: 'Fault', mend: /TSDL_PYTHON/ });
  });

  it('takes the one that TSDL_PYTHON names, and never another in its stead', () => {
    interpreter('python3', {});
    process.env.TSDL_PYTHON = interpreter('mine', { version: '3.13.1' });
    assert.equal(requirePython({ venv }).version, '3.13.1');
    interpreter('mine', { version: '3.8.1' });
    assert.throws(() => requirePython({ venv }), { name: 'Fault', message: /太旧.*mine 是 3\.8\.1/ });
    process.env.TSDL_PYTHON = join(dir, 'none');
    assert.throws(() => requirePython({ venv }), { name: 'Fault', message: /none 不是能运行的 Python/ });
  });

  it('without TSDL_PYTHON takes the one that made the environment, as long as it is there', () => {
    interpreter('python3', {});
    mkdirSync(join(venv, 'bin'), { recursive: true });
    symlinkSync(interpreter('mine', { version: '3.13.1' }), pythonOf(venv));
    assert.equal(requirePython({ venv }).version, '3.13.1');
    rmSync(join(dir, 'mine'));
    assert.equal(requirePython({ venv }).version, '3.11.2');
  });
});
