/** Runs the Python suite in test/kernel/suite and hands its results to mocha, one Python test a mocha test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = resolve(__dirname, '../..');
const SUITE = join(__dirname, 'suite');

export interface SuiteTest {
  readonly id: string;
  readonly group: string;
  /** Its name for Python's unittest. */
  readonly path: string;
  readonly title: string;
}

export interface SuiteResult {
  readonly test: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly seconds: number;
  readonly text: string;
}

/** jupyter_kernel_test's own tests, which no file of ours lists. */
const CONFORMANCE = [
  ...[
    'clear_output',
    'completion',
    'display_data',
    'error',
    'execute_result',
    'execute_stderr',
    'execute_stdout',
  ],
  ...['history', 'inspect', 'is_complete', 'kernel_info', 'pager'],
].map((name) => `Conformance.test_${name}`);

/** Every test of the suite with its docstring as title. */
export function listTests(): SuiteTest[] {
  const files = readdirSync(SUITE).filter((name) => /^test_.*\.py$/.test(name));
  const own = files.flatMap((file) =>
    testsIn(file.replace(/\.py$/, ''), readFileSync(join(SUITE, file), 'utf8')),
  );
  const given = [...CONFORMANCE, 'Welcome.test_recv_iopub_welcome_msg'];
  return [
    ...given.map((id) => ({
      id,
      group: 'jupyter_kernel_test',
      path: `test_conformance.${id}`,
      title: id.replace(/^.*test_/, ''),
    })),
    ...own,
  ];
}

function testsIn(file: string, source: string): SuiteTest[] {
  let group = '';
  return [...source.matchAll(/^class (\w+)\(|^ {4}def (test_\w+).*\n {8}"""(.*?)"""/gm)].flatMap(
    ([, name, test, title]) => {
      group = name ?? group;
      const id = `${group}.${test ?? ''}`;
      return test === undefined ? [] : [{ id, group, path: `${file}.${id}`, title: title ?? test }];
    },
  );
}

/** Python of the project's environment. */
function python(): string {
  const path = join(ROOT, '.venv/bin/python');
  if (!existsSync(path))
    throw new Error(`Cannot test the kernel: expected ${path}, got no such file; run npm run setup`);
  return path;
}

/** A running suite; results are awaited by test id. */
export class SuiteRun {
  readonly results = new Map<string, SuiteResult>();
  private readonly waiting = new Map<string, (result: SuiteResult) => void>();
  private readonly child: ChildProcess;
  private ended: string | undefined;
  private errors = '';

  /** @param only Tests to run; all of them when left out. */
  constructor(env: Readonly<Record<string, string>> = {}, only: readonly SuiteTest[] = []) {
    this.child = spawn(python(), [join(SUITE, 'run.py'), ...only.map(({ path }) => path)], {
      cwd: SUITE,
      env: { ...process.env, ...env, PYTHONDONTWRITEBYTECODE: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (!this.child.stdout || !this.child.stderr)
      throw new Error('Cannot run the suite: expected its pipes, got none');
    this.child.stderr.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    createInterface({ input: this.child.stdout }).on('line', (line) => this.take(line));
    this.child.on('close', (code) => this.end(code));
  }

  result(id: string): Promise<SuiteResult> {
    const known = this.results.get(id) ?? this.missing(id);
    return known ? Promise.resolve(known) : new Promise((settle) => this.waiting.set(id, settle));
  }

  /** Settles when the suite has ended. */
  async done(): Promise<void> {
    if (this.ended === undefined) await new Promise((settle) => this.child.once('close', settle));
  }

  stop(): void {
    if (this.ended === undefined) this.child.kill();
  }

  private take(line: string): void {
    if (!line.startsWith('{')) return;
    const result = JSON.parse(line) as SuiteResult;
    this.results.set(result.test, result);
    this.waiting.get(result.test)?.(result);
  }

  private end(code: number | null): void {
    this.ended = `the suite ended (exit code ${code ?? 'none'}) without this test\n${this.errors}`;
    for (const [id, settle] of this.waiting)
      if (!this.results.has(id)) settle(this.missing(id) as SuiteResult);
  }

  private missing(test: string): SuiteResult | undefined {
    return this.ended === undefined ? undefined : { test, status: 'failed', seconds: 0, text: this.ended };
  }
}
