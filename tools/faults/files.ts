/**
 * The half of the fault suite about files: each writer is killed at random moments, and meets full disks, folders that it
 * may not write, no home, an odd umask, little memory, a clock that jumps. Afterwards the file is whole: old or new.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Outcome, outcome } from './outcomes';
import { WRITERS } from './writers';

/** Kills of each writer. */
const KILLS = 5;
const LATEST_MS = 250;
const [LIMIT_KB, SMALL] = [100, '600k'];
/** How often a writer tries to write on when its memory has come to an end. */
const TRIES = 200;

type Result = readonly [result: string, ok: boolean | undefined];

const PROGRAM = ['-r', 'ts-node/register/transpile-only', join(__dirname, 'writers.ts')];
const ROOT = process.geteuid?.() === 0;
const quoted = (words: readonly string[]): string =>
  words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');

/** Writes `times` further times after `before`, commands of a shell; gives the exit code and what was said. */
function write(name: string, file: string, { before = ':', times = 3, env = {} } = {}) {
  const command = `${before}; exec ${quoted([process.execPath, ...PROGRAM, name, file])}`;
  const { status, signal, stderr } = spawnSync('sh', ['-c', command], {
    encoding: 'utf8',
    env: { ...process.env, TSDL_WRITES: String(times), ...env },
    timeout: 120_000,
  });
  return { status, words: stderr.trim().split('\n').at(-1) ?? '', signal };
}

/** A writer that has begun, and how it ends. */
async function begun(name: string, file: string, env = {}) {
  const child = spawn(process.execPath, [...PROGRAM, name, file], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...env },
  });
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code ?? 0));
  });
  await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), ended]);
  return { child, ended };
}

/** Kills a writer after it has begun, at a random moment. */
async function killed(name: string, file: string): Promise<void> {
  const { child, ended } = await begun(name, file);
  await new Promise((resolve) => setTimeout(resolve, Math.random() * LATEST_MS));
  child.kill('SIGKILL');
  await ended;
}

async function kills(name: string, folder: string): Promise<Result> {
  const [file, isWhole] = [join(folder, 'file'), WRITERS[name]?.isWhole ?? (() => false)];
  let broken = 0;
  for (let i = 0; i < KILLS; i++) {
    await killed(name, file);
    if (!isWhole(file)) broken++;
  }
  const left = readdirSync(folder).length - 1;
  const next = write(name, file, { times: 0 }).status === 0;
  const after = readdirSync(folder).filter((entry) => entry !== 'file');
  return [
    `${KILLS} kills: ${broken} broken, ${left} left behind, ${after.length} after the next write${next ? '' : ', which FAILS'}`,
    next && broken + after.length === 0,
  ];
}

/** A file that is there, then a writer that must fail or not harm it. */
function survives(name: string, folder: string, how: Parameters<typeof write>[2]): Result {
  const file = join(folder, 'file');
  write(name, file, { times: 0 });
  const { status, words, signal } = write(name, file, how);
  const whole = existsSync(file) && (WRITERS[name]?.isWhole(file) ?? false);
  return [
    `${status === 0 ? 'written' : (signal ?? words.slice(0, 40))}, ${whole ? 'whole' : 'BROKEN'}`,
    whole,
  ];
}

function onFullDisk(name: string, folder: string): Result {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  if (ROOT && spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL}`, 'tmpfs', disk]).status === 0) {
    try {
      const [said, ok] = survives(name, disk, { times: 2 });
      return [`tmpfs ${SMALL}: ${said}`, ok];
    } finally {
      spawnSync('umount', [disk]);
    }
  }
  const [said, ok] = survives(name, disk, { before: `trap '' XFSZ; ulimit -f ${LIMIT_KB}` });
  return [`ulimit -f ${LIMIT_KB}: ${said}`, ok];
}

function readOnly(name: string, folder: string): Result {
  const user = ROOT ? 'setpriv --reuid=65534 --regid=65534 --clear-groups' : '';
  const file = join(folder, 'file');
  write(name, file, { times: 0 });
  chmodSync(folder, 0o555);
  const command = `${user} ${quoted([process.execPath, ...PROGRAM, name, file])}`;
  const { status, stderr } = spawnSync('sh', ['-c', command], {
    encoding: 'utf8',
    env: { ...process.env, TSDL_WRITES: '1' },
  });
  chmodSync(folder, 0o755);
  const whole = WRITERS[name]?.isWhole(file) ?? false;
  const said = status === 0 ? 'done without' : stderr.trim().split('\n').at(-1)?.slice(0, 40);
  return [`${said}, ${whole ? 'whole' : 'BROKEN'}`, whole];
}

/** From its first write on it gets no page more: the limit is half of what it has, below which Node would not start. */
async function littleMemory(name: string, folder: string): Promise<Result> {
  const file = join(folder, 'file');
  const { child, ended } = await begun(name, file, { TSDL_WRITES: String(TRIES) });
  const [, taken] = /^VmSize:\s*(\d+) kB/m.exec(readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8')) ?? [];
  const most = Math.round(Number(taken) / 2048);
  const set = spawnSync('prlimit', [`--pid=${child.pid}`, `--as=${most * 2 ** 20}`]);
  const how = await ended;
  if (set.status !== 0) return ['prlimit is not there or not allowed', undefined];
  const whole = WRITERS[name]?.isWhole(file) ?? false;
  const next = write(name, file, { times: 0 }).status === 0;
  const end = how === 0 ? `all ${TRIES} writes done` : `ended with ${how}`;
  return [
    `${most} of ${most * 2} MB: ${end}, ${whole ? 'whole' : 'BROKEN'}, the next ${next ? 'writes' : 'FAILS'}`,
    whole && next,
  ];
}

/** A clock that jumps: the file and what a killed writer left are of next year, and of the year 1980. */
async function clockJumps(name: string, folder: string): Promise<Result> {
  const file = join(folder, 'file');
  await killed(name, file);
  for (const year of ['2001-01-01', '2099-01-01']) {
    for (const entry of readdirSync(folder)) utimesSync(join(folder, entry), new Date(year), new Date(year));
    const { status, words } = write(name, file, { times: 1 });
    if (status !== 0) return [`${year}: ${words}`, false];
  }
  const rest = readdirSync(folder).filter((entry) => entry !== 'file').length;
  const whole = WRITERS[name]?.isWhole(file) ?? false;
  return [`written, ${rest} left, ${whole ? 'whole' : 'BROKEN'}`, whole && rest === 0];
}

const FAULTS: Readonly<Record<string, (name: string, folder: string) => Result | Promise<Result>>> = {
  'kill -9': kills,
  'full disk': onFullDisk,
  'folder without rights': readOnly,
  'no HOME': (name, folder) => survives(name, folder, { before: 'unset HOME XDG_CACHE_HOME XDG_STATE_HOME' }),
  'umask 0777': (name, folder) => survives(name, folder, { before: 'umask 0777' }),
  'umask 000': (name, folder) => survives(name, folder, { before: 'umask 000' }),
  'little memory': littleMemory,
  'clock jumps': clockJumps,
};

/** Runs every writer through every fault. */
export async function faults(): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [fault, meet] of Object.entries(FAULTS)) {
    for (const name of Object.keys(WRITERS)) {
      const folder = mkdtempSync(join(tmpdir(), 'tsdl-faults-'));
      chmodSync(folder, 0o755);
      try {
        outcomes.push(outcome(`${fault}: ${name}`, ...(await meet(name, folder))));
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
  }
  return outcomes;
}
