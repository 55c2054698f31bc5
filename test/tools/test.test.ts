import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { closing, runsOf, splitReporter } from '../../tools/test';

describe('tsdl test', () => {
  it('takes the reporter out of the arguments, however it is written', () => {
    assert.deepEqual(splitReporter(['--reporter', 'dot', '-g', 'x']), { reporter: 'dot', rest: ['-g', 'x'] });
    assert.deepEqual(splitReporter(['-R=dot', 'a']), { reporter: 'dot', rest: ['a'] });
    assert.deepEqual(splitReporter(['a']), { reporter: undefined, rest: ['a'] });
  });

  it('runs all test files unless some are named', () => {
    const [all] = runsOf(['-g', 'CNN'], 2);
    const argv = ['--parallel', '--jobs', '2', '-g', 'CNN', 'test/**/*.test.ts'];
    assert.deepEqual(all, { argv, env: {} });
    for (const argv of [['test/models/cnn.test.ts'], ['test/models']]) {
      assert.deepEqual(runsOf(argv), [{ argv, env: {} }]);
    }
  });

  it('runs operations, layers and transforms again with plain JavaScript', () => {
    const [, plain, ...more] = runsOf(['-g', 'CNN']);
    assert.deepEqual([plain?.env, more], [{ TSDL_DEVICE: 'js' }, []]);
    assert.deepEqual(plain?.argv.slice(0, 2), ['-g', 'CNN']);
    const folders = plain?.argv.slice(2).map((pattern) => pattern.replace('/**/*.test.ts', ''));
    assert.deepEqual(folders, [
      'test/engine/ops',
      'test/engine/patches',
      'test/nn',
      'test/helpers/data/transforms',
    ]);
    for (const folder of folders ?? []) assert.ok(existsSync(resolve(__dirname, '../..', folder)), folder);
  });

  it('closes with the sum of all runs', () => {
    const counts = { passed: 3, failed: 0, pending: 1, ended: true, failures: [] };
    const other = { passed: 10, failed: 2, pending: 0, ended: true, failures: [] };
    const end = closing([
      { counts, code: 0 },
      { counts: other, code: 2 },
    ]);
    assert.deepEqual(end, { line: '13 passed, 2 failed, 1 skipped', code: 1 });
    assert.deepEqual(
      closing([
        { counts, code: 0 },
        { counts: undefined, code: 1 },
      ]).line,
      '3 passed, 1 failed, 1 skipped',
    );
  });

  it('counts a mocha that did not come to its end as a failure', () => {
    const counts = { passed: 3, failed: 0, pending: 0, ended: true, failures: [] };
    assert.deepEqual(closing([{ counts, code: 0 }]), { line: '3 passed, 0 failed', code: 0 });
    assert.deepEqual(closing([{ counts: { ...counts, failed: 2 }, code: 2 }]), {
      line: '3 passed, 2 failed',
      code: 1,
    });
    assert.deepEqual(closing([{ counts: { ...counts, ended: false }, code: 134 }]), {
      line: '3 passed, 1 failed',
      code: 1,
    });
    assert.deepEqual(closing([{ counts, code: 7 }]), { line: '3 passed, 1 failed', code: 1 });
    assert.deepEqual(closing([{ counts: undefined, code: 1 }]), { line: '0 passed, 1 failed', code: 1 });
  });

  it('counts what was skipped beside them', () => {
    const counts = { passed: 3, failed: 0, pending: 2, ended: true, failures: [] };
    assert.deepEqual(closing([{ counts, code: 0 }]), { line: '3 passed, 0 failed, 2 skipped', code: 0 });
  });

  describe('with a real mocha', function () {
    this.timeout(60_000);
    let dir: string;
    beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'tsdl-mocha-'))));
    afterEach(() => rmSync(dir, { recursive: true }));

    /** Runs `tsdl test` on one file of tests; what comes before the last line is mocha's own report. */
    const run = (source: string) => {
      const file = join(dir, 'sample.test.ts');
      writeFileSync(file, source);
      const call = `
        require('ts-node').register({ transpileOnly: true });
        require('./tools/test').test([${JSON.stringify(file)}]).then((code) => (process.exitCode = code));`;
      const { stdout, status } = spawnSync(process.execPath, ['-e', call], {
        cwd: resolve(__dirname, '../..'),
        encoding: 'utf8',
      });
      const lines = stdout.trimEnd().split('\n');
      return { last: lines.at(-1), report: lines.slice(0, -1).join('\n'), status };
    };

    it('ends with the true counts, and fails with a failing test', () => {
      const source = `
        it('is right', () => {});
        it('is right too', () => {});
        it.skip('is left out', () => {});
        it('is wrong', () => { throw new Error('no'); });`;
      const { last, report, status } = run(source);
      assert.equal(last, '2 passed, 1 failed, 1 skipped');
      assert.match(report, /2 passing[\s\S]*1 pending[\s\S]*1 failing/);
      assert.match(report, /(Failed: |失败：)is wrong\nError: no\n +at [^\n]+(\n +at [^\n]+)*\n$/);
      assert.equal(status, 1);
    });

    it('keeps the counts when mocha dies in the middle', () => {
      const { last, status } = run(
        `it('is right', () => {}); it('dies', () => process.kill(process.pid, 'SIGKILL'));`,
      );
      assert.deepEqual([last, status], ['1 passed, 1 failed', 1]);
    });

    it('fails on a file that does not load', () => {
      const { last, status } = run(`throw new Error('at load');`);
      assert.deepEqual([last, status], ['0 passed, 1 failed', 1]);
    });
  });
});
