/* eslint-disable max-lines -- one run of the command from end to end */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

import type { Notebook } from '../../src/cli/run/notebook';
import type { NotebookReport, Report } from '../../src/cli/run/report';

const PROJECT = resolve(__dirname, '../..');
const PYTHON = join(PROJECT, '.venv/bin/python');
const TSLAB = join(PROJECT, '.venv/share/jupyter/kernels/tslab/kernel.json');

type Cell = string | { code: string; tags: string[] };

/** Text of a notebook with these code cells. */
function notebook(kernel: string, cells: readonly Cell[]): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: kernel, display_name: kernel, language: 'python' } },
    cells: cells.map((cell, i) => ({
      cell_type: 'code',
      id: `cell-${i}`,
      metadata: typeof cell === 'string' ? {} : { tags: cell.tags },
      source: typeof cell === 'string' ? cell : cell.code,
      outputs: [],
      execution_count: null,
    })),
  });
}

interface Outcome {
  code: number | null;
  screen: string;
  report: Report;
  entry: (name: string) => NotebookReport;
  executed: (name: string) => Notebook;
  source: (name: string) => string;
}

interface How {
  args?: string[];
  kernel?: string;
  env?: NodeJS.ProcessEnv;
  onText?: (text: string, pid: number) => void;
}

const GITHUB = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: PROJECT };

/** Runs `tsdl run` over notebooks as a program of its own. */
async function runNotebooks(
  dir: string,
  notebooks: Record<string, readonly Cell[]>,
  { args = [], kernel = 'python3', env = {}, onText }: How = {},
): Promise<Outcome> {
  const paths = Object.entries(notebooks).map(([name, cells]) => {
    const path = join(dir, `${name}.ipynb`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, notebook(kernel, cells));
    return path;
  });
  const out = join(dir, 'out');
  const start = `require('ts-node').register({ transpileOnly: true });
    require('./src/cli/run').run(process.argv.slice(1)).then((code) => (process.exitCode = code));`;
  const child = spawn(process.execPath, ['-e', start, '--', ...paths, '--out', out, ...args], {
    cwd: PROJECT,
    env: { ...process.env, ...env },
  });
  let screen = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      screen += text;
      onText?.(screen, child.pid ?? 0);
    });
  }
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const read = (name: string) => readFileSync(join(out, name), 'utf8');
  const report = JSON.parse(code === null ? '{}' : read('report.json')) as Report; // none where it was killed
  return {
    code,
    screen,
    report,
    entry: (name) => report.notebooks.find((entry) => entry.notebook === name)!,
    executed: (name) => JSON.parse(read(`${name}.ipynb`)) as Notebook,
    source: (name) => readFileSync(join(dir, `${name}.ipynb`), 'utf8'),
  };
}

describe('tsdl run', function () {
  this.timeout(180_000);
  let dir = '';
  before(function () {
    if (!existsSync(PYTHON)) this.skip(); // npm test installs the environment first
    dir = mkdtempSync(join(tmpdir(), 'tsdl-run-'));
  });
  after(() => dir && rmSync(dir, { recursive: true }));

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

  describe('over exercises, where the check stands before the solution', () => {
    const exercise = { code: 'def double(x):\n    return 0', tags: ['exercise'] };
    const check = {
      code: 'assert double(2) == 4, "✗ double"\nprint("✓")',
      tags: ['check', 'raises-exception'],
    };
    const solution = (factor: number) => ({
      code: `def double(x):\n    return ${factor} * x`,
      tags: ['solution'],
    });
    let outcome: Outcome;
    before(async () => {
      outcome = await runNotebooks(dir, {
        right: [exercise, check, solution(2), 'print("after")'],
        wrong: [exercise, check, solution(3), 'print("never")'],
        student: [exercise, check, 'print("after")'],
      });
    });

    it('runs a solution before the check it stands behind, and leaves the file as it was', () => {
      assert.equal(outcome.entry('right').status, 'passed');
      const { cells } = outcome.executed('right');
      assert.deepEqual(
        cells.map(({ id }) => id),
        ['cell-0', 'cell-1', 'cell-2', 'cell-3'],
      );
      assert.match(JSON.stringify(cells[1]?.outputs), /✓/);
      assert.deepEqual(cells[1]?.metadata.tags, check.tags);
    });

    it('fails where a solution does not pass its check, though a reader may fail there', () => {
      const { status, error } = outcome.entry('wrong');
      assert.deepEqual([status, error?.cell, error?.id], ['failed', 1, 'cell-1']);
      assert.match(outcome.screen, /1 │ assert double\(2\) == 4/);
    });

    it('goes on after the check of an exercise that has no solution', () => {
      assert.equal(outcome.entry('student').status, 'passed');
      const [, failed, after] = outcome.executed('student').cells;
      assert.match(JSON.stringify(failed?.outputs), /✗ double/);
      assert.match(JSON.stringify(after?.outputs), /after/);
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

  it('ends the kernel on Ctrl-C, keeps what was executed and exits with 130', async () => {
    const marker = join(dir, 'kernel.pid');
    const code = `import os, time\nopen(${JSON.stringify(marker)}, "w").write(str(os.getpid()))\ntime.sleep(60)`;
    let timer: NodeJS.Timeout | undefined;
    const interrupt = (pid: number) =>
      setInterval(() => {
        if (!existsSync(marker)) return;
        clearInterval(timer);
        process.kill(pid, 'SIGINT');
      }, 50);
    const outcome = await runNotebooks(
      dir,
      { long: ['print("before")', code], after: ['1'] },
      { args: ['--junit', join(dir, 'stopped.xml')], onText: (_, pid) => (timer ??= interrupt(pid)) },
    );
    assert.equal(outcome.code, 130);
    const xml = readFileSync(join(dir, 'stopped.xml'), 'utf8');
    assert.match(xml, /<testsuites name="tsdl run" tests="3" failures="0" errors="1" skipped="1" /);
    assert.match(xml, /<error message="被中断" type="Interrupted">/);
    assert.deepEqual(
      [outcome.entry('long').error?.kind, outcome.entry('after').status],
      ['interrupted', 'not run'],
    );
    assert.match(JSON.stringify(outcome.executed('long').cells[0]?.outputs), /before/);
    assert.throws(() => process.kill(Number(readFileSync(marker, 'utf8')), 0), /ESRCH/);
  });

  it('leaves no JUnit file of an earlier run when it is killed', async () => {
    const junit = join(dir, 'killed.xml');
    writeFileSync(junit, '<testsuites/>');
    const onText = (text: string, pid: number) => text.includes('[1/1]') && process.kill(pid, 'SIGKILL');
    const cells = ['import time; time.sleep(40)'];
    await runNotebooks(dir, { killed: cells }, { args: ['--junit', junit], onText });
    assert.match(readFileSync(junit, 'utf8'), /<error message="执行失败: the run did not end" type="Error">/);
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
