/**
 * `tsdl test [mocha's arguments]`: mocha's own report, then what failed once more (a log may keep its last lines
 * only), and one plain line with the counts. Without files named, what learners without the native library rely on runs
 * a second time with plain JavaScript, and the line is the sum.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';

import { say } from '../bin/bootstrap/language';
import { PROJECT } from '../src/engine/backend/paths';

export interface Counts {
  passed: number;
  failed: number;
  pending: number;
  /** Whether mocha came to its end. */
  ended: boolean;
  /** Title, message and stack of each failed test. */
  failures: string[];
}

/** Takes `--reporter NAME` (or -R, or with =) out of the arguments: our reporter wraps it. */
export function splitReporter(argv: readonly string[]): { reporter?: string; rest: string[] } {
  const rest: string[] = [];
  let reporter: string | undefined;
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? '';
    const joined = /^(?:--reporter|-R)=(.+)$/.exec(argument);
    if (joined) reporter = joined[1];
    else if (argument === '--reporter' || argument === '-R') reporter = argv[++i];
    else rest.push(argument);
  }
  return { reporter, rest };
}

const ALL = 'test/**/*.test.ts';
/** What the line of a plain JavaScript device (engine/backend/announce.ts) promises. */
const PLAIN = ['engine/ops', 'engine/patches', 'nn', 'helpers/data/transforms'].map(
  (at) => `test/${at}/**/*.test.ts`,
);

/** One run of mocha: its arguments, and what it finds in its environment. */
export interface MochaRun {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** One process a core, each with TensorFlow and a kernel or two of about a gigabyte. */
const defaultJobs = (): number => Math.min(availableParallelism(), Math.max(1, Math.floor(totalmem() / 3e9)));

/** All test files, unless some are named: mocha would add those to a `spec` of its configuration, not replace it. */
export function runsOf(argv: readonly string[], jobs = defaultJobs()): MochaRun[] {
  const named = argv.some((argument) => /\.test\.ts$|\*|^(\.\/)?test(\/|$)/.test(argument));
  if (named) return [{ argv, env: {} }];
  return [
    { argv: ['--parallel', '--jobs', String(jobs), ...argv, ALL], env: {} },
    { argv: [...argv, ...PLAIN], env: { TSDL_DEVICE: 'js' } },
  ];
}

/** What a run of mocha came to. */
export interface Outcome {
  /** Undefined when mocha died before it began. */
  readonly counts: Counts | undefined;
  /** Mocha's exit code. */
  readonly code: number;
}

/** Failed tests, and one more for a mocha that did not come to its end. */
function failuresOf({ counts, code }: Outcome): number {
  const { failed = 0, ended = false } = counts ?? {};
  return failed + (!ended || (code !== 0 && failed === 0) ? 1 : 0);
}

/** The closing line and the exit code of all runs together. */
export function closing(outcomes: readonly Outcome[]): { line: string; code: number } {
  const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, one) => total + of(one), 0);
  const failures = sum(failuresOf);
  const pending = sum(({ counts }) => counts?.pending ?? 0);
  const skipped = pending > 0 ? `, ${pending} skipped` : '';
  const line = `${sum(({ counts }) => counts?.passed ?? 0)} passed, ${failures} failed${skipped}`;
  return { line, code: failures > 0 ? 1 : 0 };
}

function readCounts(file: string): Counts | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Counts;
  } catch {
    return undefined; // mocha died before it began
  }
}

function runMocha(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve) => {
    const mocha = join(PROJECT, 'node_modules/mocha/bin/mocha.js');
    const child = spawn(process.execPath, [mocha, ...argv], {
      cwd: PROJECT,
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    child.on('close', (code, signal) => {
      if (signal)
        console.error(say({ zh: `mocha 被信号 ${signal} 终止。`, en: `mocha was ended by ${signal}.` }));
      resolve(code ?? 128);
    });
  });
}

/** Runs mocha with the project's settings; arguments go to mocha. */
export async function test(argv: string[]): Promise<number> {
  const { reporter = 'spec', rest } = splitReporter(argv);
  const outcomes: Outcome[] = [];
  for (const one of runsOf(rest)) {
    if (one.env.TSDL_DEVICE !== undefined)
      console.log(
        say({
          zh: `再以 TSDL_DEVICE=${one.env.TSDL_DEVICE} 运行一部分：`,
          en: `Some again with TSDL_DEVICE=${one.env.TSDL_DEVICE}: `,
        }),
      );
    outcomes.push(await outcomeOf(one, reporter));
  }
  for (const failure of outcomes.flatMap(({ counts }) => counts?.failures ?? []))
    console.log(say({ zh: `失败：${failure}\n`, en: `Failed: ${failure}\n` }));
  const end = closing(outcomes);
  console.log(end.line);
  return end.code;
}

async function outcomeOf({ argv, env }: MochaRun, reporter: string): Promise<Outcome> {
  const dir = mkdtempSync(join(tmpdir(), 'tsdl-test-'));
  const file = join(dir, 'counts.json');
  try {
    const own = ['--reporter', join(__dirname, 'reporter.js')];
    const code = await runMocha([...own, ...argv], {
      ...env,
      TSDL_MOCHA_REPORTER: reporter,
      TSDL_MOCHA_COUNTS: file,
    });
    const counts = readCounts(file);
    if (!counts?.ended)
      console.error(
        say({
          zh: `mocha 没有运行完（退出码 ${code}）。`,
          en: `mocha did not come to its end (exit code ${code}).`,
        }),
      );
    return { counts, code };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
