/**
 * The part about what others wrote: [--mutations 1000] [--seed 0] [--from 0]. SavedModels, checkpoints, weights and titles
 * of charts, damaged one by one and read in processes that are watched from outside: each gives a typed error or a right
 * result, in 5 seconds and 500 MB, and writes nowhere. `--from N --mutations 1` repeats one.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import * as tf from '../../src/engine/tf';
import { assertDrawn, CHARTS, ODD } from '../../test/support/oddtitles';
import { Damage } from './damage';
import { type Outcome, outcome } from './outcomes';
import { subjects } from './subjects';

/** How one damaged thing was taken; `other`: it says, rightly, something else. */
interface Reading {
  readonly index: number;
  readonly name: string;
  readonly outcome: 'refused' | 'equal' | 'other';
  readonly ms: number;
  /** Peak memory of its process above that before the first, in bytes. */
  readonly grown: number;
  readonly fault?: string;
}

const MB = 2 ** 20;
const [HANG_MS, START_MS, MOST_GROWN, BATCH] = [5000, 60_000, 500 * MB, 100];
/** What a process may write into: what is read, and what the system's folders are for it. */
const ROOMS = ['in', 'tmp', 'home', 'cwd'] as const;
const FREE = 'in';

const isTyped = (error: unknown): error is Error =>
  error instanceof Error && /^Cannot |expected/.test(error.message) && error.message.length < 2000;

/** The child: reads one after the other and reports each. */
async function read(folder: string, seed: number, from: number, to: number): Promise<void> {
  const input = join(folder, FREE);
  const all = subjects();
  const right = new Map<string, string>();
  for (const [name, { write, read: readOne }] of all) {
    write(input);
    right.set(name, await readOne(input));
  }
  process.send?.('ready');
  const peak = (): number => process.resourceUsage().maxRSS * 1024;
  const before = peak();
  for (let index = from; index < to; index++) {
    const [name, { write, read: readOne, says }] = all[index % all.length] as (typeof all)[number];
    write(input, new Damage(seed, index));
    const [start, tensors] = [performance.now(), tf.memory().numTensors];
    let [result, fault]: [Reading['outcome'], string | undefined] = ['refused', undefined];
    try {
      const said = await readOne(input);
      result = said === right.get(name) ? 'equal' : 'other';
      const own = says ? (says(input, said) ?? said) : right.get(name);
      if (said !== own) fault = 'a wrong result';
    } catch (error) {
      if (!isTyped(error)) fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    const ms = performance.now() - start;
    const [grown, left] = [peak() - before, tf.memory().numTensors - tensors];
    if (left > 0) fault ??= `${left} tensors left`;
    if (grown > MOST_GROWN) fault ??= `memory grew by ${(grown / MB).toFixed(0)} MB`;
    process.send?.({ index, name, outcome: result, ms, grown, fault } satisfies Reading);
  }
  process.disconnect?.();
}

/** A process that reads these, with temporary and home folders of its own. */
function reader(folder: string, ...numbers: readonly [seed: number, from: number, to: number]): ChildProcess {
  return fork(__filename, [folder, ...numbers.map(String)], {
    execArgv: ['-r', require.resolve('ts-node/register/transpile-only')],
    env: {
      ...process.env,
      TMPDIR: join(folder, 'tmp'),
      HOME: join(folder, 'home'),
      TSDL_QUIET: '1',
      DISABLE_V8_COMPILE_CACHE: '1',
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

/** Reads a batch in a process of its own; where that ends or hangs, what it read then is the last of `readings`. */
async function batch(folder: string, seed: number, from: number, to: number): Promise<Reading[]> {
  const readings: Reading[] = [];
  const child = reader(folder, seed, from, to);
  let words = '';
  child.stderr?.on('data', (data: Buffer) => (words = (words + data.toString()).slice(-400)));
  let [ready, hung] = [false, false];
  const hang = (): void => {
    hung = true;
    child.kill('SIGKILL');
  };
  let timer = setTimeout(hang, START_MS);
  child.on('message', (reading: Reading | 'ready') => {
    clearTimeout(timer);
    timer = setTimeout(hang, HANG_MS);
    if (reading === 'ready') ready = true;
    else readings.push(reading);
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on('close', (...how) => resolve(how));
  });
  clearTimeout(timer);
  if (!ready) throw new Error(`Cannot read whole ones: ${words}`);
  const index = from + readings.length;
  if (index === to && code === 0) return readings;
  const how = hung
    ? `no answer for ${HANG_MS / 1000} s`
    : `the process ended with ${signal ?? code}: ${words}`;
  const names = subjects();
  const name = names[index % names.length]?.[0] ?? '';
  return [...readings, { index, name, outcome: 'refused', ms: 0, grown: 0, fault: how }];
}

/** What was written beside what is read. */
const strays = (folder: string): string[] =>
  readdirSync(folder).flatMap((room) => {
    if (room === FREE) return [];
    return ROOMS.some((one) => one === room) ? readdirSync(join(folder, room)) : [room];
  });

/** Damages and reads so many, in batches. */
export async function mutated({ count, seed, from = 0 }: { count: number; seed: number; from?: number }) {
  const readings: Reading[] = [];
  while (readings.length < count) {
    const folder = mkdtempSync(join(tmpdir(), 'tsdl-faults-'));
    try {
      for (const room of ROOMS) mkdirSync(join(folder, room));
      const begin = from + readings.length;
      const part = await batch(folder, seed, begin, Math.min(begin + BATCH, from + count));
      const stray = part.some(({ fault }) => fault !== undefined) ? [] : strays(folder); // a killed one tidies nothing up
      const last = part.at(-1);
      if (stray.length > 0 && last)
        part.splice(-1, 1, { ...last, fault: `written elsewhere, by it or before: ${stray.join(', ')}` });
      readings.push(...part);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return readings;
}

function row(name: string, own: readonly Reading[]): Outcome {
  const number = (kind: Reading['outcome']): number =>
    own.filter(({ outcome: how, fault }) => how === kind && fault === undefined).length;
  const faults = own.filter(({ fault }) => fault !== undefined);
  for (const { index, fault } of faults) console.log(`  --from ${index}: ${fault?.slice(0, 1500)}`);
  const [slowest, grown] = [Math.max(...own.map(({ ms }) => ms)), Math.max(...own.map((one) => one.grown))];
  const counts = `${number('refused')} refused, ${number('equal')} equal, ${number('other')} otherwise`;
  const limits = `slowest ${slowest.toFixed(0)} ms, memory +${(grown / MB).toFixed(0)} MB`;
  const what = `${own.length}: ${counts}, ${faults.length} wrong; ${limits}`;
  return outcome(`damaged: ${name}`, what, faults.length === 0);
}

/** Every odd text in every chart. */
function titles(): Outcome {
  const draws = Object.values(CHARTS);
  const wrong = draws.flatMap((draw) =>
    ODD.filter((odd) => {
      try {
        tf.tidy(() => assertDrawn(draw, odd));
        return false;
      } catch (error) {
        console.log(`  ${String(error)}`);
        return true;
      }
    }),
  );
  const count = draws.length * ODD.length;
  return outcome(`${count} odd titles and labels`, `${count - wrong.length} drawn`, wrong.length === 0);
}

/** Runs all of them. */
export async function faults(argv: readonly string[]): Promise<readonly Outcome[]> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      mutations: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '0' },
      from: { type: 'string', default: '0' },
    },
    strict: false,
  });
  const [count, seed, from] = [values.mutations, values.seed, values.from].map(Number) as [
    number,
    number,
    number,
  ];
  const readings = await mutated({ count, seed, from });
  const names = [...new Set(readings.map(({ name }) => name))];
  return [
    ...names.map((name) =>
      row(
        name,
        readings.filter((one) => one.name === name),
      ),
    ),
    titles(),
  ];
}

if (require.main === module) {
  const [folder = '', seed, from, to] = process.argv.slice(2);
  process.chdir(join(folder, 'cwd'));
  void read(folder, Number(seed), Number(from), Number(to));
}
