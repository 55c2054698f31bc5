/** `tsdl test [mocha's arguments]`: mocha's own report, then one plain line with the counts. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { say } from '../bin/bootstrap/language';
import { PROJECT } from '../src/engine/backend/paths';

export interface Counts {
  passed: number;
  failed: number;
  pending: number;
  /** Whether mocha came to its end. */
  ended: boolean;
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

/** All test files, unless some are named: mocha would add those to a `spec` of its configuration, not replace it. */
export function withFiles(argv: readonly string[]): string[] {
  const named = argv.some((argument) => /\.test\.ts$|\*|^(\.\/)?test(\/|$)/.test(argument));
  return named ? [...argv] : [...argv, 'test/**/*.test.ts'];
}

/** The closing line and the exit code; a mocha that did not come to its end counts as one more failure. */
export function closing(counts: Counts | undefined, code: number): { line: string; code: number } {
  const { passed, failed, pending, ended } = counts ?? { passed: 0, failed: 0, pending: 0, ended: false };
  const crashed = !ended || (code !== 0 && failed === 0);
  const failures = failed + (crashed ? 1 : 0);
  const skipped = pending > 0 ? `, ${pending} skipped` : '';
  return { line: `${passed} passed, ${failures} failed${skipped}`, code: failures > 0 ? 1 : 0 };
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
  const dir = mkdtempSync(join(tmpdir(), 'tsdl-test-'));
  const file = join(dir, 'counts.json');
  try {
    const own = ['--reporter', join(__dirname, 'reporter.js')];
    const code = await runMocha([...own, ...withFiles(rest)], {
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
    const end = closing(counts, code);
    console.log(end.line);
    return end.code;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
