import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { kernel, ours, readOptions } from '../../src/cli/kernel';

describe('tsdl kernel', () => {
  let prefix: string;
  let kernels: string;
  const { log } = console;
  let said: string[];

  beforeEach(() => {
    prefix = mkdtempSync(join(tmpdir(), 'tsdl-kernel-'));
    kernels = join(prefix, 'share/jupyter/kernels');
    said = [];
    console.log = (text: string) => said.push(text);
  });

  afterEach(() => {
    console.log = log;
    rmSync(prefix, { recursive: true });
  });

  it('installs, lists and removes a kernelspec below a prefix', async () => {
    await kernel(['install', '--prefix', prefix]);
    const spec = JSON.parse(readFileSync(join(kernels, 'tsdl/kernel.json'), 'utf8')) as { argv: string[] };
    assert.ok(existsSync(spec.argv[1]!));
    assert.deepEqual(ours(kernels), ['tsdl']);
    await kernel(['list', `--prefix=${prefix}`]);
    assert.match(said.at(-1)!, /^tsdl .*kernel\.js$/);
    await kernel(['remove', '--prefix', prefix]);
    assert.deepEqual(ours(kernels), []);
  });

  it('leaves a kernel of someone else alone', async () => {
    mkdirSync(join(kernels, 'tsdl'), { recursive: true });
    writeFileSync(join(kernels, 'tsdl/kernel.json'), '{"argv": ["python", "-m", "other"]}');
    await assert.rejects(kernel(['install', '--prefix', prefix]), /没有覆盖/);
    await assert.rejects(kernel(['remove', '--prefix', prefix]), /没有删除/);
  });

  it('refuses unknown arguments and names that are no folder names', () => {
    assert.throws(() => readOptions(['--sys-prefx']), /没有 --sys-prefx 这个参数/);
    assert.throws(() => readOptions(['--name', '../x']), /内核名称/);
    assert.throws(() => readOptions(['--prefix']), /缺少值/);
  });

  it('takes Jupyter’s own folder for the user, or the one that JUPYTER_DATA_DIR names', () => {
    const before = process.env.JUPYTER_DATA_DIR;
    process.env.JUPYTER_DATA_DIR = '/data';
    assert.equal(readOptions([]).kernels, '/data/kernels');
    if (before === undefined) delete process.env.JUPYTER_DATA_DIR;
    else process.env.JUPYTER_DATA_DIR = before;
  });
});
