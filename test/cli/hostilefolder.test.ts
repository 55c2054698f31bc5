/** Commands called in a folder that somebody else has filled: nothing in it runs, nothing in it decides. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { PROJECT } from '../../src/engine/backend/paths';
import { temporaryFolder } from '../support/folder';

/** What Python, Node and npm might take from where they are started. */
const MODULES = ['json', 're', 'os', 'sysconfig', 'pip', 'venv', 'ensurepip', 'encodings', 'sitecustomize', 'usercustomize', 'jupyter_core', 'zmq', 'nbclient'] as const; // prettier-ignore

describe('a folder that somebody else has filled', function () {
  this.timeout(120_000);
  const file = temporaryFolder();

  function write(name: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(file(name)), { recursive: true });
    writeFileSync(file(name), text);
    chmodSync(file(name), mode);
  }

  beforeEach(() => {
    const [ran, marks] = [file('ran'), file('marks')];
    mkdirSync(marks);
    for (const name of MODULES)
      for (const path of [`here/${name}.py`, `here/${name}/__init__.py`, `here/${name}/__main__.py`])
        write(path, `open(${JSON.stringify(join(marks, name))}, 'w').close()\n`);
    const mark = (name: string): string =>
      `require('node:fs').writeFileSync(${JSON.stringify(join(marks, name))}, '')\n`;
    for (const name of ['ts-node', 'typescript', 'tslab', 'yauzl'])
      write(`here/node_modules/${name}/index.js`, mark(name));
    write('here/evil.js', mark('evil.js'));
    write(
      'here/package.json',
      '{"name":"x","version":"1.0.0","type":"module","scripts":{"preinstall":"node evil.js"}}',
    );
    write('here/tsconfig.json', '{"ts-node":{"require":["./evil.js"]}}');
    write('here/.npmrc', 'registry=http://127.0.0.1:9/${HOME}/\nnode-options=--require ./evil.js\n');
    for (const name of ['pip.conf', 'setup.cfg', '.pip/pip.conf'])
      write(`here/${name}`, '[global]\nindex-url = http://127.0.0.1:9/\n');
    for (const name of ['npm', 'python3', 'python', 'node', 'g++', 'c++', 'nvidia-smi', 'fc-list', 'sh'])
      write(`here/${name}`, `#!/bin/sh\n: > '${join(marks, name)}'\n`, 0o755);
    write('bin/npm', `#!/bin/sh\npwd >> '${ran}'\necho 10.0.0\n`, 0o755);
  });

  const call = (...args: string[]) =>
    spawnSync(process.execPath, [join(PROJECT, 'bin/tsdl.js'), ...args], {
      cwd: file('here'),
      encoding: 'utf8',
      env: {
        ...process.env,
        PATH: `${file('bin')}:${process.env.PATH ?? ''}`,
        PIP_INDEX_URL: 'http://127.0.0.1:9/simple', // refuses at once: nobody is asked
        TSDL_LANG: 'en',
        ...{ PYTHONPATH: file('here'), PYTHONSTARTUP: file('here/json.py'), PYTHONUSERBASE: file('here') },
      },
    });

  it('has no say in doctor, setup and run', () => {
    const { stdout } = call('doctor', '--json');
    const { checks } = JSON.parse(stdout) as { checks: { id: string; state: string }[] };
    assert.equal(checks.find(({ id }) => id === 'python')?.state, 'ok');
    assert.equal(checks.find(({ id }) => id === 'npm')?.state, 'ok');
    assert.ok(
      checks.some(({ id }) => id === 'npm-registry'),
      stdout,
    );
    for (const folder of readFileSync(file('ran'), 'utf8').trim().split('\n')) assert.equal(folder, PROJECT);
    if (existsSync(join(PROJECT, '.venv/bin/python'))) assert.equal(call('setup').status, 0);
    write('here/x.ipynb', '{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":5}');
    assert.equal(call('run', 'x.ipynb', '--out', file('out')).status, 1);
    assert.deepEqual(readdirSync(file('marks')), []);
  });
});
