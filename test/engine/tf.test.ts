import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { announcement } from '../../src/engine/backend/announce';
import { addonFile } from '../../src/engine/backend/installed';
import { withoutLogLines } from '../../src/engine/backend/quiet';
import * as tf from '../../src/engine/tf';

const PROJECT = resolve(__dirname, '../..');

/** Loads the one door in a fresh process; gives what it prints. */
function start(env: NodeJS.ProcessEnv, kernel = false) {
  const code = `
    ${kernel ? "globalThis[Symbol.for('tsdl.kernel')] = {};" : ''}
    const tf = require('./src/engine/tf');
    console.log(JSON.stringify({ kind: tf.device.kind, sum: tf.sum(tf.ones([3])).arraySync() }));`;
  const args = ['-r', 'ts-node/register/transpile-only', '-e', code];
  return spawnSync(process.execPath, args, {
    cwd: PROJECT,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
}

describe('the one door to TensorFlow.js', function () {
  this.timeout(60_000); // fresh processes, on a machine that may be busy
  it('computes natively, and says so', () => {
    assert.equal(tf.getBackend(), tf.device.kind === 'js' ? 'cpu' : 'tensorflow');
    assert.deepEqual(tf.matMul([[1, 2]], [[3], [4]]).arraySync(), [[11]]);
  });

  it('says one line on stderr, and not a line of TensorFlow’s', () => {
    const { stderr, stdout } = start({ TSDL_DEVICE: 'cpu', TF_CPP_MIN_LOG_LEVEL: undefined });
    assert.match(stderr, /^设备：CPU（.+），原生 TensorFlow 2\.21\.0\n$/);
    assert.equal(stdout, '{"kind":"cpu","sum":3}\n');
  });

  it('says it in the output of the cell when a kernel is there', () => {
    const { stderr, stdout } = start({ TSDL_DEVICE: 'cpu' }, true);
    assert.equal(stderr, '');
    assert.match(stdout, /^设备：CPU/);
  });

  it('computes in plain JavaScript when told to, with the banner', () => {
    const { stderr, stdout } = start({ TSDL_DEVICE: 'js' });
    assert.match(
      stderr,
      /^┌ 现在用纯 JavaScript 计算[\s\S]*原因：由 TSDL_DEVICE=js 指定[\s\S]*└ 修复：.*\n$/,
    );
    assert.equal(stdout, '{"kind":"js","sum":3}\n');
  });

  it('falls back to plain JavaScript with the reason, where nothing is installed', () => {
    const home = mkdtempSync(join(tmpdir(), 'tsdl-home-'));
    const { stderr, stdout } = start({ TSDL_HOME: home, TSDL_DEVICE: '' });
    rmSync(home, { recursive: true });
    assert.match(stderr, /原因：TensorFlow 库没有安装/);
    assert.equal(stdout, '{"kind":"js","sum":3}\n');
  });

  it('fails with a clear error where TSDL_DEVICE asks for what there is not', () => {
    const home = mkdtempSync(join(tmpdir(), 'tsdl-home-'));
    const gpu = start({ TSDL_HOME: home, TSDL_DEVICE: 'gpu' });
    const cpu = start({ TSDL_HOME: home, TSDL_DEVICE: 'cpu' });
    rmSync(home, { recursive: true });
    assert.notEqual(gpu.status, 0);
    assert.match(gpu.stderr, /Cannot use the GPU: the GPU TensorFlow library is not installed/);
    assert.match(cpu.stderr, /Cannot use the CPU natively: the TensorFlow library is not installed/);
  });
});

describe('announcement', () => {
  it('names the card, and what is amiss', () => {
    const gpu = { kind: 'gpu', name: 'NVIDIA H200', index: 1, tensorflow: '2.21.0' } as const;
    assert.equal(announcement(gpu), '设备：GPU 1（NVIDIA H200），原生 TensorFlow 2.21.0');
    const idle = { kind: 'cpu', name: 'EPYC', tensorflow: '2.21.0', reason: '显卡没有用上' } as const;
    assert.equal(announcement(idle), '设备：CPU（EPYC），原生 TensorFlow 2.21.0\n注意：显卡没有用上');
  });
});

describe('withoutLogLines', function () {
  this.timeout(60_000);
  const addon = [addonFile('quiet', 'cpu'), addonFile('quiet', 'gpu')].find(existsSync) ?? '';
  before(function () {
    if (!addon) this.skip(); // plain JavaScript only: nothing native is loaded
  });

  const run = (body: string) => {
    const call = `
      const { withoutLogLines } = require('./src/engine/backend/quiet');
      const { writeSync } = require('node:fs');
      const { log } = withoutLogLines(process.argv[1], () => { ${body} });
      console.log(JSON.stringify(log));`;
    const args = ['-r', 'ts-node/register/transpile-only', '-e', call, addon];
    return spawnSync(process.execPath, args, { cwd: PROJECT, encoding: 'utf8' });
  };

  it('takes TensorFlow’s lines away and passes everything else on', () => {
    const { stderr, stdout } = run(`
      writeSync(2, 'I0000 00:00:1795485648.228562 11554 port.cc:153] oneDNN custom operations are on.\\n');
      writeSync(2, '2026-01-01 10:00:00.123456: W external/local_xla/x.cc:1] something\\n');
      writeSync(2, 'libfoo: symbol not found\\n');`);
    assert.equal(stderr, 'libfoo: symbol not found\n');
    assert.equal((JSON.parse(stdout) as string[]).length, 2);
  });

  it('gives stderr back when the work throws', () => {
    const { stderr } = run(`writeSync(2, 'last words\\n'); throw new Error('does not load');`);
    assert.match(stderr, /^last words\n[\s\S]*does not load/);
  });

  it('hands on the value', () => assert.equal(withoutLogLines(addon, () => 7).value, 7));
});

describe('gradients that TensorFlow.js gets wrong', () => {
  it('unstack and split have one where there is a single part', () => {
    const x = tf.tensor2d([[1, 2]]);
    const square = (parts: tf.Tensor[]): tf.Tensor => tf.sum(tf.addN(parts.map((part) => tf.square(part))));
    const cuts: ((v: tf.Tensor) => tf.Tensor[])[] = [
      (v) => tf.unstack(v),
      (v) => tf.split(v, 1, 1),
      (v) => tf.unstack(v, 1),
      (v) => tf.split(v, 2, 1),
    ];
    for (const cut of cuts)
      assert.deepEqual(
        tf
          .grad((v) => square(cut(v)))(x)
          .arraySync(),
        [[2, 4]],
      );
  });
});
