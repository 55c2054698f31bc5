import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import type { Notebook } from '../../src/cli/run/notebook';
import { notebook, type Outcome, PROJECT, runFolder, runNotebooks, TSLAB } from '../support/notebookrun';

const GITHUB = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: PROJECT };

describe('tsdl run', function () {
  this.timeout(180_000);
  const folder = runFolder();
  let dir = '';
  before(() => (dir = folder()));

  it('keeps notebooks of one name in different folders apart, written back too', async () => {
    const cells = { 'a/hw': ['print("a")', 'raise ValueError("wrong")'], 'b/hw': ['print("b")'] };
    const outcome = await runNotebooks(join(dir, 'same'), cells, { args: ['--write'] });
    const { code, entry, executed, source } = outcome;
    assert.equal(code, 1);
    assert.deepEqual([entry('a/hw').status, entry('b/hw').status], ['failed', 'passed']);
    assert.match(JSON.stringify(executed('a/hw')), /ValueError/);
    assert.match(outcome.screen, /✗ a\/hw，第 2 个单元[\s\S]*raise ValueError/);
    assert.match(JSON.stringify(executed('b/hw').cells), /"b\\n"/);
    assert.deepEqual(JSON.parse(source('a/hw')), JSON.parse(notebook('python3', cells['a/hw'])));
    assert.match(source('b/hw'), /"b\\n"/);
    assert.match(source('b/hw'), /"id": "hw-01"/);
  });

  describe('over notebooks that each fail in their own way', () => {
    let outcome: Outcome;
    before(async () => {
      outcome = await runNotebooks(
        dir,
        {
          good: ['print("first")', { code: 'import sys; print("seen", file=sys.stderr)', tags: ['stderr'] }],
          expected: [{ code: 'raise ValueError("wanted")', tags: ['raises-exception'] }, 'print("goes on")'],
          error: ['x = 1', 'def f():\n    return x / 0\nf()', 'print("never")'],
          stderr: ['import sys; print("oops", file=sys.stderr)', 'print("never")'],
          late: [
            'import sys, threading\nthreading.Timer(0.3, lambda: print("late oops", file=sys.stderr)).start()',
            'import time; time.sleep(0.6)',
          ],
          dead: ['import os; os._exit(7)'],
          timeout: ['print("so far", flush=True)\nimport time\ntime.sleep(60)'],
        },
        { args: ['--cell-timeout', '4', '--junit', join(dir, 'new', 'junit.xml')], env: GITHUB },
      );
    });

    const fails = (name: string, kind: string, cell: number) => {
      const { status, error } = outcome.entry(name);
      assert.deepEqual([status, error?.kind, error?.cell, error?.id], ['failed', kind, cell, `cell-${cell}`]);
    };

    it('ends with exit code 1 and says so in the report', () => {
      assert.equal(outcome.code, 1);
      assert.equal(outcome.report.status, 'failed');
    });

    it('passes a notebook whose stderr and errors are expected', () => {
      for (const name of ['good', 'expected']) {
        const { status, error, cells, executed } = outcome.entry(name);
        assert.deepEqual([status, error, cells, executed], ['passed', null, 2, 2]);
      }
    });

    it('stops at a cell that throws and shows its code, its place and the error', () => {
      fails('error', 'error', 1);
      assert.equal(outcome.entry('error').executed, 2);
      assert.match(outcome.screen, /✗ error，第 2 个单元 \(cell-1\)：出错/);
      assert.match(outcome.screen, /2 │ {5}return x \/ 0/);
      assert.match(outcome.screen, /ZeroDivisionError: division by zero/);
    });

    it('fails on an unexpected stderr line, from a cell or from what it left running', () => {
      fails('stderr', 'stderr', 0);
      assert.equal(outcome.entry('late').error?.kind, 'stderr');
      assert.match(outcome.entry('late').error?.message ?? '', /late oops/);
    });

    it('fails on a kernel that dies and on a cell that takes too long, and goes on with the next notebook', () => {
      fails('dead', 'dead-kernel', 0);
      fails('timeout', 'timeout', 0);
    });

    it('keeps the executed notebooks, what a failing cell printed included', () => {
      assert.match(JSON.stringify(outcome.executed('timeout').cells[0]?.outputs), /so far/);
      assert.match(JSON.stringify(outcome.executed('good').cells[0]?.outputs), /first/);
      assert.deepEqual(outcome.executed('error').cells[2]?.outputs, []);
    });

    it('reports times, memory, versions, seed, profile and machine', () => {
      const { profile, seed, versions, machine, notebooks } = outcome.report;
      assert.deepEqual([profile, seed], ['smoke', process.env.TSDL_SEED ?? '0']);
      for (const name of ['tsdl', 'node', 'python', 'nbclient', 'jupyter_client'])
        assert.match(versions[name]!, /^\d/);
      assert.ok(Number(machine.cores) >= 1);
      assert.ok(notebooks.every(({ seconds }) => seconds > 0));
      const { cellSeconds, peakMB } = outcome.entry('good');
      assert.equal(cellSeconds.length, 2);
      if (process.platform === 'linux') assert.ok(peakMB !== null && peakMB > 10 && peakMB < 1000);
    });

    it('writes JUnit XML with the failing cells, and nothing half written beside it', () => {
      const xml = readFileSync(join(dir, 'new', 'junit.xml'), 'utf8');
      assert.match(xml, /<testsuites name="tsdl run" tests="13" failures="4" errors="1" skipped="2" /);
      assert.match(
        xml,
        /<testsuite name="error" [^>]*failures="1"[^]*?name="cell 2 \(cell-1\)"[^>]*>\s*<failure message="出错: division by zero" type="ZeroDivisionError">/,
      );
      assert.deepEqual(readdirSync(join(dir, 'new')), ['junit.xml']);
    });

    it('annotates failing cells for GitHub Actions', () => {
      const annotations = outcome.screen.split('\n').filter((line) => line.startsWith('::error '));
      assert.equal(annotations.length, 5);
      const [error] = annotations.filter((line) => line.includes('title=error'));
      const file = relative(PROJECT, join(dir, 'error.ipynb'));
      assert.ok(error?.startsWith(`::error file=${file},line=1,title=error%2C cell 2%3A 出错::`), error);
    });

    it('draws a table with every notebook', () => {
      for (const [name, words] of Object.entries({ good: '通过', dead: '内核崩溃', timeout: '超时' })) {
        assert.match(outcome.screen, new RegExp(`^${name} .*${words}$`, 'm'));
      }
    });
  });

  it('passes only the environment of its profile to the kernels', async () => {
    const code = 'import os\nprint(os.environ["TSDL_PROFILE"], os.environ.get("TSDL_OFFLINE"), os.getcwd())';
    const outcome = await runNotebooks(dir, { env: [code] }, { args: ['--profile', 'full'] });
    assert.equal(outcome.code, 0);
    const text = JSON.stringify(outcome.executed('env').cells[0]?.outputs);
    assert.match(text, new RegExp(`full ${process.env.TSDL_OFFLINE ?? 'None'} `));
    assert.ok(text.includes(dir), 'the kernel works in the folder of its notebook');
  });

  it('writes the outputs of notebooks that passed into them with --write', async () => {
    const cells = [
      { code: 'print("a\\n" * 40)', tags: [] },
      { code: 'print(1.234)', tags: ['volatile'] },
    ];
    const outcome = await runNotebooks(dir, { written: cells, broken: ['1 / 0'] }, { args: ['--write'] });
    assert.equal(outcome.code, 1);
    const written = JSON.parse(outcome.source('written')) as Notebook;
    assert.match(JSON.stringify(written.cells[0]?.outputs), /省略 \d+ 行/);
    assert.deepEqual(written.cells[1]?.outputs, []);
    const { lastRun } = written.metadata.tsdl as { lastRun: Record<string, unknown> };
    assert.equal(lastRun.profile, 'smoke');
    assert.equal(outcome.source('broken'), notebook('python3', ['1 / 0']));
  });

  it('names a kernel that does not exist', async () => {
    const { code, entry } = await runNotebooks(dir, { nowhere: ['1'] }, { kernel: 'no-such-kernel' });
    assert.equal(code, 1);
    assert.equal(entry('nowhere').error?.kind, 'start');
    assert.match(entry('nowhere').error?.message ?? '', /no-such-kernel/);
  });

  it('fails on a type error of a TypeScript cell', async function () {
    if (!existsSync(TSLAB)) this.skip();
    const cells = [
      'const n: number = 1; console.log(n)',
      'const wrong: number = "text";',
      'console.log("no")',
    ];
    const { code, entry } = await runNotebooks(dir, { types: cells }, { kernel: 'tslab' });
    assert.equal(code, 1);
    assert.deepEqual([entry('types').error?.cell, entry('types').executed], [1, 2]);
  });
});
