import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { report } from '../../bin/bootstrap/fault';

const BIN = resolve(__dirname, '../../bin');

describe('the entry', function () {
  this.timeout(60_000);
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tsdl-start-'));
    cpSync(BIN, join(root, 'bin'), { recursive: true });
    writeFileSync(
      join(root, 'package-lock.json'),
      '{"packages":{"node_modules/ts-node":{"version":"1.0.0"}}}',
    );
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** Runs bin/tsdl.js as if Node had that version. */
  const run = (args: readonly string[], node = process.versions.node) => {
    const script = `
      Object.defineProperty(process.versions, 'node', { value: '${node}' });
      process.argv.splice(1, 0, 'tsdl');
      require(${JSON.stringify(join(root, 'bin/tsdl.js'))});`;
    return spawnSync(process.execPath, ['-e', script, '--', ...args], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, PATH: root, npm_execpath: '' }, // no npm there
    });
  };

  it('lets the doctor look where nothing is installed, and installs nothing for it', () => {
    const before = readdirSync(root);
    const { status, stderr } = run(['doctor']);
    assert.equal(stderr.trim(), '✗ npm 依赖没有装好，别的要等它们装好才能检查。\n  → npm run setup');
    assert.equal(status, 1);
    assert.deepEqual(readdirSync(root), before);
  });

  it('begins every other command with what is missing', () => {
    assert.match(run(['setup']).stderr, /安装 npm 依赖[^]*✗ 找不到 npm/);
  });

  it('turns away the Nodes that some package does not run on', () => {
    for (const node of ['18.19.0', '20.18.3', '21.7.3', '22.0.0', '22.13.1', '23.11.0']) {
      const { status, stderr } = run(['doctor'], node);
      assert.match(stderr, new RegExp(`现在是 ${node.replaceAll('.', '\\.')}`), node);
      assert.equal(status, 1);
    }
    for (const node of ['20.19.0', '20.20.2', '22.14.0', '24.0.0', '26.1.0']) {
      assert.match(run(['doctor'], node).stderr, /npm 依赖没有装好/, node);
    }
  });
});

describe('the report of a fault', () => {
  it('says in a sentence that a folder is another user’s or read-only', () => {
    const write = console.error.bind(console);
    const said: unknown[] = [];
    console.error = (text: unknown) => said.push(text);
    try {
      const error = Object.assign(new Error('EACCES'), { code: 'EACCES', path: '/opt/tsdl/.runtime' });
      assert.equal(report(error), 1);
    } finally {
      console.error = write;
    }
    assert.match(String(said[0]), /不能写入 \/opt\/tsdl\/\.runtime：它属于别的用户，或在只读的磁盘上。/);
    assert.match(String(said[1]), /→ 由安装它的用户运行，或把整个项目复制/);
  });
});
