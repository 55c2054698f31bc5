/**
 * npm run fuzz [-- --files 10000] [-- --from 0]: reads mutated .pth, safetensors and IDX files in a process of its own
 * and watches it from outside: no crash, no hang, no more memory than twice the file and 100 MB, and nothing but right
 * results and typed errors. Exit code 1 and the number of the file if one fails; `--from N --files 1` repeats it.
 * `--kernel` does the like with the notebook kernel.
 */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { say } from '../bin/bootstrap/language';
import { mutated, type Outcome, samples, tryOne } from '../test/support/fuzz';

interface Report extends Outcome {
  readonly index: number;
  /** Largest resident memory so far above that before the first file, in bytes. */
  readonly grown: number;
  readonly failure?: string;
}

const MB = 1024 * 1024;
const HANG_MS = 10_000;
/** Files that warm the process up: code is compiled and memory reserved once, whatever the files hold. */
const WARM_UP = 100;

function option(name: string, fallback: number): number {
  const place = process.argv.indexOf(`--${name}`);
  return place === -1 ? fallback : Number(process.argv[place + 1]);
}

/** The child: reads the files and reports each. */
async function read(from: number, files: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tsdl-fuzz-'));
  const all = samples();
  const peak = () => process.resourceUsage().maxRSS * 1024;
  for (let i = 0; i < WARM_UP / all.length; i++) for (const sample of all) await tryOne(sample, folder);
  const before = peak();
  for (let index = from; index < from + files; index++) {
    const sample = mutated(index, all);
    let result: Omit<Report, 'grown'>;
    try {
      result = { index, ...(await tryOne(sample, folder)) };
    } catch (error) {
      const failure = (error as Error).message;
      const { format, name, bytes } = sample;
      result = { index, format, name, size: bytes.length, outcome: 'error', seconds: 0, failure };
    }
    process.send?.({ ...result, grown: peak() - before } satisfies Report);
  }
  rmSync(folder, { recursive: true, force: true });
  process.disconnect?.();
}

function faultOf({ failure, grown, size }: Report): string | undefined {
  if (failure !== undefined) return failure;
  const most = 2 * size + 100 * MB;
  return grown > most ? `memory grew by ${(grown / MB).toFixed(0)} MB` : undefined;
}

/** The parent: starts the child and watches it. Resolves to what went wrong. */
function watch(from: number, files: number, reports: Report[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child: ChildProcess = fork(__filename, ['--child', '--from', `${from}`, '--files', `${files}`], {
      execArgv: ['-r', 'ts-node/register/transpile-only'],
    });
    const end = (fault?: string): void => {
      clearTimeout(timer);
      if (fault !== undefined) child.kill('SIGKILL');
      resolve(fault);
    };
    const hang = () => end(`file ${from + reports.length}: no answer for ${HANG_MS / 1000} s`);
    let timer = setTimeout(hang, 60_000 + HANG_MS); // the first time with start-up
    child.on('message', (report: Report) => {
      clearTimeout(timer);
      timer = setTimeout(hang, HANG_MS);
      reports.push(report);
      const fault = faultOf(report);
      if (fault !== undefined) end(`file ${report.index} (${report.name}): ${fault}`);
    });
    child.on('exit', (code, signal) => {
      const done = reports.length === files && code === 0;
      end(done ? undefined : `file ${from + reports.length}: the process ended with ${signal ?? code}`);
    });
  });
}

async function main(): Promise<void> {
  const [from, files] = [option('from', 0), option('files', 10_000)];
  if (process.argv.includes('--child')) return read(from, files);
  const reports: Report[] = [];
  const fault = await watch(from, files, reports);
  for (const format of ['pth', 'safetensors', 'idx']) {
    const own = reports.filter((report) => report.format === format);
    const errors = own.filter(({ outcome }) => outcome === 'error').length;
    const slowest = Math.max(0, ...own.map(({ seconds }) => seconds));
    const row = [
      say({ zh: `${own.length} 个文件`, en: `${own.length} files` }),
      say({ zh: `${errors} 个报错`, en: `${errors} refused` }),
      say({ zh: `${own.length - errors} 个读出`, en: `${own.length - errors} read` }),
    ];
    console.log(
      say({
        zh: `${format.padEnd(12)} ${row.join('，')}，最慢 ${(slowest * 1000).toFixed(0)} 毫秒`,
        en: `${format.padEnd(12)} ${row.join(', ')}, slowest ${(slowest * 1000).toFixed(0)} ms`,
      }),
    );
  }
  const grown = Math.max(0, ...reports.map((report) => report.grown));
  console.log(
    say({
      zh: `内存峰值比读第一个文件之前多 ${(grown / MB).toFixed(0)} MB（上限：文件的两倍加 100 MB）`,
      en: `peak memory ${(grown / MB).toFixed(0)} MB above that before the first file (limit: twice the file and 100 MB)`,
    }),
  );
  console.log(
    fault === undefined
      ? say({ zh: `通过：${reports.length} 个改坏的文件`, en: `passed: ${reports.length} damaged files` })
      : say({ zh: `失败：${fault}`, en: `failed: ${fault}` }),
  );
  process.exitCode = fault === undefined ? 0 : 1;
}

/** `--kernel`: 5,000 strange values, 500 random programs and every way to get stuck, through the kernel's own tests. */
function kernel(): void {
  const files = ['test/kernel/kernel.test.ts', 'test/kernel/language/differential.test.ts'];
  const all = { TSDL_STRANGE: '5000', TSDL_PROGRAMS: '500', TSDL_STUCK: 'all' };
  const argv = [
    require.resolve('mocha/bin/mocha.js'),
    ...files,
    '--grep',
    'values of every kind|everything that runs|of a grammar',
  ];
  const { status } = spawnSync(process.execPath, argv, { stdio: 'inherit', env: { ...process.env, ...all } });
  process.exitCode = status ?? 1;
}

if (process.argv.includes('--kernel')) kernel();
else void main();
