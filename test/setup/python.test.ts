import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Stamp } from '../../src/engine/backend/stamp';
import { pythonOf } from '../../src/setup/interpreter';
import { pipFault } from '../../src/setup/pipfault';
import { objectionTo, renewPip } from '../../src/setup/python';

describe('the Python environment', () => {
  const { TSDL_PYTHON } = process.env;
  let dir: string;
  let venv: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tsdl-venv-'));
    venv = join(dir, '.venv');
    mkdirSync(join(venv, 'bin'), { recursive: true });
    delete process.env.TSDL_PYTHON;
  });
  afterEach(() => {
    if (TSDL_PYTHON === undefined) delete process.env.TSDL_PYTHON;
    else process.env.TSDL_PYTHON = TSDL_PYTHON;
    rmSync(dir, { recursive: true });
  });

  const program = (name: string, script: string): string => {
    const file = join(dir, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const interpreter = (name: string, version: string, home: string): string =>
    program(name, `echo '${JSON.stringify({ version, kind: 'cpython', home, complete: true })}'`);
  const stamp = (info: Stamp['info']): Stamp => ({ step: 'python', key: '', made: '', files: [], info });
  const objection = (info: Stamp['info'] = { python: '3.11.2', place: venv }) =>
    objectionTo(venv, stamp(info))?.en;

  it('stays as it is without TSDL_PYTHON, whatever Python is on the PATH', () => {
    symlinkSync(interpreter('python3.11', '3.11.2', '/usr'), pythonOf(venv));
    assert.equal(objection(), undefined);
    assert.equal(objection({ python: '3.11.0' }), undefined);
  });

  it('stays for a TSDL_PYTHON that leads to the Python it was made with, by whatever name', () => {
    symlinkSync(interpreter('python3.11', '3.11.2', '/usr'), pythonOf(venv));
    process.env.TSDL_PYTHON = interpreter('shim', '3.11.9', '/usr');
    assert.equal(objection(), undefined);
  });

  it('is made again for a TSDL_PYTHON of another version or another installation, and says so', () => {
    symlinkSync(interpreter('python3.11', '3.11.2', '/usr'), pythonOf(venv));
    process.env.TSDL_PYTHON = interpreter('mine', '3.12.1', '/usr');
    assert.match(objection() ?? '', /TSDL_PYTHON is 3\.12\.1 \(.*mine\), it was made with 3\.11\.2/);
    process.env.TSDL_PYTHON = interpreter('mine', '3.11.2', '/opt/python');
    assert.match(objection() ?? '', /TSDL_PYTHON is 3\.11\.2/);
  });

  it('is made again where its Python is gone or has become another, or the project was moved', () => {
    assert.equal(objection(), 'its Python was uninstalled');
    symlinkSync(interpreter('python3.12', '3.12.1', '/usr'), pythonOf(venv));
    assert.equal(objection(), 'its Python has become 3.12');
    assert.equal(objection({ python: '3.12.1', place: '/elsewhere/.venv' }), 'the project was moved');
  });

  it('renews a pip that does not know today’s names of wheels, and no other', async () => {
    const log = join(dir, 'log');
    const python = (version: string): void => {
      rmSync(pythonOf(venv), { force: true });
      const file = program('pip', `echo "$@" >> ${log}; echo "pip ${version} from /lib (python 3.9)"`);
      symlinkSync(file, pythonOf(venv));
      writeFileSync(log, '');
    };
    python('20.2.3');
    await renewPip(venv);
    assert.match(readFileSync(log, 'utf8'), /^-I -m pip --version\n-I -m pip install .*pip==[\d.]+\n$/);
    for (const version of ['20.3', '26.3']) {
      python(version);
      await renewPip(venv);
      assert.equal(readFileSync(log, 'utf8'), '-I -m pip --version\n');
    }
  });
});

describe('what pip says when it fails', () => {
  const MISMATCH = `
Collecting jupyterlab==4.5.1
ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions, please update the hashes. Otherwise, examine the package contents carefully; someone may have tampered with them.
    attrs==25.4.0 from file:///wheels/attrs-25.4.0-py3-none-any.whl (from -r requirements.txt (line 12)):
        Expected sha256 adcf7e2a1fb3b36ac48d97835bb6d8ade15b8dcce26aba8bf1d14847b57a3373
             Got        3f1c5b0e1f9b7b7c11a3a0e1cbd5f1f0e4cf1a9b6a1bb0a4d1e1f2f3f4f5f6f7
`;
  const cases: [string, RegExp][] = [
    [MISMATCH, /attrs==25\.4\.0 不是 requirements\.txt 钉住的那一个/],
    [
      'ERROR: Could not find a version that satisfies the requirement attrs==25.4.0 (from versions: 25.3.0)\nERROR: No matching distribution found for attrs==25.4.0',
      /软件源没有 attrs==25\.4\.0/,
    ],
    ['OSError: [Errno 28] No space left on device', /磁盘已满/],
    ['Temporary failure in name resolution\nERROR: No matching distribution found for attrs', /连不上软件源/],
    ['error: subprocess-exited-with-error', /pip 安装 requirements\.txt 失败/],
  ];
  for (const [output, sentence] of cases)
    it(`is told as ${sentence.source}`, () => {
      const fault = pipFault(output);
      assert.match(fault.message, sentence);
      assert.ok(fault.mend.length > 0);
    });
});
