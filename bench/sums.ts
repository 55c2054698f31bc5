/** Sums over the workers of one machine, beside the transport of PyTorch's DistributedDataParallel: `--only sums`. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { runCrew } from '../src/helpers/launch/crew';
import { freeHosts, localPlan } from '../src/helpers/launch/roster';
import { machineName } from './report';

const SIZES = [4, 1_000_000, 10_000_000, 100_000_000];
const NAMES = ['4 B', '1 MB', '10 MB', '100 MB'];
const WORKERS = [2, 4];

/** Who takes part: through memory, over TensorFlow's servers, PyTorch by one sum and by DistributedDataParallel's buckets. */
const SIDES = ['memory', 'network', 'whole', 'buckets'] as const;
type Side = (typeof SIDES)[number];

/** Milliseconds by side and size. */
type Times = Partial<Record<Side, number[][]>>;

export interface SumsOptions {
  readonly peer: string | undefined;
  /** Sums a turn, and turns. */
  readonly rounds: number;
  readonly turns: number;
}

async function ours(
  workers: number,
  rounds: number,
  { hosts, sizes = SIZES }: { readonly hosts?: readonly string[]; readonly sizes?: readonly number[] } = {},
): Promise<number[][]> {
  let found: number[][] | undefined;
  const words: string[] = [];
  const { code } = await runCrew({
    ...localPlan(workers),
    ...(hosts && { hosts }),
    script: join(__dirname, 'sums.worker.ts'),
    args: [rounds, ...sizes].map(String),
    ...{ patience: 30, gather: 60, restarts: 0, inherit: false },
    print: (line) => (line.startsWith('[[') ? (found = JSON.parse(line) as number[][]) : words.push(line)),
    tell: (sentence) => words.push(sentence),
  });
  if (code === 0 && found) return found;
  throw new Error(`Cannot measure: expected times of ${workers} workers, got\n${words.join('\n')}`);
}

function theirs(peer: string, workers: number, rounds: number, sizes = SIZES): number[][][] {
  const args = [join(__dirname, 'peers', 'sums.py'), workers, rounds, ...sizes].map(String);
  const out = execFileSync(peer, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return (JSON.parse(out) as { times: number[][][] }).times;
}

/** The least time of one sum, in milliseconds: through memory here, PyTorch's by one sum. */
export async function sumTimes(
  workers: number,
  bytes: number,
  { peer, rounds }: { readonly peer: string | undefined; readonly rounds: number },
): Promise<[tsdl: number, peer: number | undefined]> {
  const [tsdl = []] = await ours(workers, rounds, { sizes: [bytes] });
  const [whole] = peer === undefined ? [] : (theirs(peer, workers, rounds, [bytes])[0] ?? []);
  return [Math.min(...tsdl), whole && Math.min(...whole)];
}

/** One turn of each side, so that whatever else the machine does meets them alike. */
async function turn(workers: number, { peer, rounds }: SumsOptions): Promise<Times> {
  const memory = await ours(workers, rounds);
  const both = peer === undefined ? [] : theirs(peer, workers, rounds);
  const network = await ours(workers, rounds, { hosts: await freeHosts(workers) });
  const [whole, buckets] = [0, 1].map((way) => both.map((list) => list[way] ?? []));
  return { memory, network, ...(peer !== undefined && { whole: whole ?? [], buckets: buckets ?? [] }) };
}

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
const short = (ms: number): string => ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0);

/** The median and the smallest of all turns. */
function figure(times: readonly Times[], side: Side, size: number): string {
  const all = sorted(times.flatMap((one) => one[side]?.[size] ?? []));
  return all.length === 0 ? '–' : `${short(all[all.length >> 1] ?? NaN)} (${short(all[0] ?? NaN)})`;
}

/** Measures and gives the Markdown table. */
export async function sumsBench(options: SumsOptions): Promise<string> {
  const lines = [
    `${machineName()}, ${new Date().toISOString().slice(0, 10)}. Milliseconds, median (smallest) of ` +
      `${options.turns} turns of ${options.rounds} sums; one thread a worker.`,
    '',
    '| workers | bytes | memory | network | PyTorch, one sum | PyTorch, buckets of 25 MB |',
    '| --: | --: | --: | --: | --: | --: |',
  ];
  for (const workers of WORKERS) {
    const times: Times[] = [];
    for (let i = 0; i < options.turns; i++) times.push(await turn(workers, options));
    NAMES.forEach((name, size) => {
      const figures = SIDES.map((side) => figure(times, side, size));
      lines.push(`| ${[workers, name, ...figures].join(' | ')} |`);
    });
  }
  return lines.join('\n');
}
