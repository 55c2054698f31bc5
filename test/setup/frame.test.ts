import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { hashFile, stamped } from '../../src/engine/backend/stamp';
import { conditionOf, runStep, type Step } from '../../src/setup/frame';

const quietly = async <T>(work: () => Promise<T>): Promise<{ value: T; said: string }> => {
  const write = process.stderr.write.bind(process.stderr);
  const error = console.error.bind(console);
  let said = '';
  process.stderr.write = (chunk: string | Uint8Array) => (said += String(chunk)) !== '';
  console.error = (...words: unknown[]) => (said += `${words.join(' ')}\n`);
  try {
    return { value: await work(), said };
  } finally {
    process.stderr.write = write;
    console.error = error;
  }
};

describe('runStep', () => {
  let home: string;
  let made: number;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'tsdl-step-'));
    made = 0;
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const step = (changes: Partial<Step> = {}): Step => ({
    id: 'sample',
    title: '安装样品',
    dir: join(home, 'sample'),
    lockDir: home,
    key: () => 'v1',
    needs: 1000,
    make: async (staging) => {
      made++;
      writeFileSync(join(staging, 'a.bin'), 'aaaa');
      const files = [stamped(staging, 'a.bin', await hashFile(join(staging, 'a.bin')))];
      return { files, info: { version: '1' }, summary: '完成' };
    },
    ...changes,
  });
  const run = (changes?: Partial<Step>, thorough = false) =>
    quietly(() => runStep(step(changes), { thorough }));

  it('works once, and then finds its result', async () => {
    assert.equal((await run()).value, true);
    const { value, said } = await run();
    assert.deepEqual([value, said, made], [false, '', 1]);
    assert.deepEqual(readdirSync(home), ['sample']);
  });

  it('works again for a new key, a damaged file, or a result that is of no use', async () => {
    await run();
    await run({ key: () => 'v2' });
    assert.equal(made, 2);
    truncateSync(join(home, 'sample/a.bin'), 1);
    const { said } = await run({ key: () => 'v2' });
    assert.match(said, /a\.bin 已损坏（1 字节，应为 4 字节），重新安装/);
    assert.equal(made, 3);
    const objection = () => ({ zh: '它的 Python 已被卸载', en: 'its Python was uninstalled' });
    assert.match((await run({ key: () => 'v2', objection })).said, /^它的 Python 已被卸载，重新安装。\n/);
    assert.equal(made, 4);
  });

  it('leaves the old result in place when the work fails', async () => {
    await run();
    const broken = { key: () => 'v2', make: () => Promise.reject(new Error('no network')) };
    await assert.rejects(run(broken), /no network/);
    assert.equal(readFileSync(join(home, 'sample/a.bin'), 'utf8'), 'aaaa');
    assert.equal(conditionOf(step()).state, 'ok');
    assert.deepEqual(readdirSync(home), ['sample']);
  });

  it('says before the work that the disk is too small', async () => {
    await assert.rejects(run({ needs: 1e18 }), {
      name: 'Fault',
      message: /^磁盘空间不足：安装样品需要约 1000000000\.00 GB/,
    });
    assert.equal(made, 0);
  });

  it('never takes the work of a killed process for whole', async () => {
    const script = `
      const { runStep } = require(${JSON.stringify(resolve(__dirname, '../../src/setup/frame'))});
      const fs = require('node:fs');
      const wait = () => new Promise((done) => setTimeout(done, 60));
      void runStep({ id: 'sample', title: '', dir: ${JSON.stringify(join(home, 'sample'))},
        lockDir: ${JSON.stringify(home)}, key: () => 'v1', needs: 0,
        make: async (staging) => {
          for (const name of ['a.bin', 'b.bin', 'c.bin']) { fs.writeFileSync(staging + '/' + name, 'x'); await wait(); }
          return { files: [], info: {}, summary: '' };
        } });`;
    const staged = (): number => {
      const staging = readdirSync(home).find((name) => name.startsWith('staging-sample'));
      return staging && existsSync(join(home, staging)) ? readdirSync(join(home, staging)).length : 0;
    };
    for (const moment of [1, 2, 3]) {
      rmSync(join(home, 'sample'), { recursive: true, force: true });
      const register = require.resolve('ts-node/register/transpile-only');
      const child = spawn(process.execPath, ['-r', register, '-e', script], { stdio: 'ignore' });
      while (child.exitCode === null && staged() < moment) await new Promise((done) => setTimeout(done, 5));
      child.kill('SIGKILL');
      await new Promise((done) => child.once('close', done));
      const before = made;
      const whole = conditionOf(step()).state === 'ok';
      await run();
      assert.equal(made, before + (whole ? 0 : 1));
      assert.deepEqual(readdirSync(home), ['sample']);
    }
  });

  it('hashes everything only when told to', async () => {
    await run();
    const path = join(home, 'sample/a.bin');
    const { files } = JSON.parse(readFileSync(join(home, 'sample/stamp.json'), 'utf8')) as {
      files: { mtimeMs: number }[];
    };
    assert.ok(files[0]);
    writeFileSync(path, 'aaab');
    const { utimesSync } = await import('node:fs');
    utimesSync(path, files[0].mtimeMs / 1000, files[0].mtimeMs / 1000);
    mkdirSync(join(home, 'unrelated'));
    assert.equal((await run({}, true)).value, true);
    assert.equal(readFileSync(path, 'utf8'), 'aaaa');
  });
});
