/**
 * How a step's time grows with batch size, length, width, depth and workers, tsdl beside PyTorch and beside what the
 * machine can do at all: `npm run bench -- --only scale --peer PYTHON`. One SVG an axis, and a page with all numbers.
 */
import { loadavg } from 'node:os';
import { join } from 'node:path';

import { writeAtomically } from '../../src/helpers/files/file';
import { lineChart } from '../../src/viz/charts/line';
import { machineName, quietness } from '../report';
import { measure, type RunOptions } from '../run';
import { sumTimes } from '../sums';
import { AXES, type Axis, ROOF, type Work } from './growth';

/** One place on an axis, in milliseconds. */
interface Cost {
  readonly value: number;
  readonly tsdl: number;
  readonly peer: number | undefined;
  /** No machine with this roof is faster. */
  readonly limit?: number;
}

/** What the machine reached: floating-point operations and bytes a second. */
interface Roof {
  readonly flops: number;
  readonly bytes: number;
}

const WORKERS = [2, 3, 4];
const SUM_BYTES = 10_000_000;

/** Both sides' least times: what else the machine did can only have added to them. */
async function least(
  workload: (typeof ROOF)['product'],
  run: RunOptions,
): Promise<[number, number | undefined]> {
  const { tsdl, peer } = await measure(workload, run);
  return [tsdl?.min ?? NaN, peer?.min];
}

const best = ([a, b]: readonly [number, number | undefined]): number => Math.min(a, b ?? a) / 1000;

/** The better of two roofs: something else may have computed during one of them. */
const higher = (a: Roof, b: Roof): Roof => ({
  flops: Math.max(a.flops, b.flops),
  bytes: Math.max(a.bytes, b.bytes),
});

async function roofOf(run: RunOptions): Promise<Roof> {
  const [product, pass] = [await least(ROOF.product, run), await least(ROOF.bandwidth, run)];
  return { flops: ROOF.flops / best(product), bytes: ROOF.bytes / best(pass) };
}

/** Milliseconds under the roof: computing and moving bytes at once. */
const limitOf = ({ flops, bytes }: Work, roof: Roof): number =>
  1000 * Math.max(flops / roof.flops, bytes / roof.bytes);

/** By which power the time grows from one place to the last: 1 is in proportion. */
function slope(costs: readonly Cost[], of: (cost: Cost) => number | undefined): number {
  const [before, last] = costs.slice(-2);
  if (!before || !last) return NaN;
  return Math.log((of(last) ?? NaN) / (of(before) ?? NaN)) / Math.log(last.value / before.value);
}

async function along({ points }: Axis, run: RunOptions): Promise<(Cost & { readonly work: Work })[]> {
  const costs: (Cost & { readonly work: Work })[] = [];
  for (const { value, workload, flops, bytes } of points) {
    const [tsdl, peer] = await least(workload, run);
    costs.push({ value, tsdl, peer, work: { flops, bytes } });
  }
  return costs;
}

async function byWorkers({ peer, scale }: RunOptions): Promise<Cost[]> {
  const costs: Cost[] = [];
  for (const value of WORKERS) {
    const [tsdl, other] = await sumTimes(value, SUM_BYTES, { peer, rounds: Math.ceil(7 * scale) });
    costs.push({ value, tsdl, peer: other });
  }
  return costs;
}

type Words = Pick<Axis, 'name' | 'title' | 'xTitle'>;

/** The chart of one axis, both scales logarithmic. */
function drawing({ title, xTitle }: Words, costs: readonly Cost[], subtitle: string): string {
  const values = (of: (cost: Cost) => number | undefined) => costs.map((cost) => of(cost) ?? NaN);
  const lines = {
    tsdl: values(({ tsdl }) => tsdl),
    ...(costs[0]?.peer !== undefined && { PyTorch: values(({ peer }) => peer) }),
    ...(costs[0]?.limit !== undefined && { roofline: values(({ limit }) => limit) }),
  };
  const axes = { x: costs.map(({ value }) => value), xTitle, yTitle: 'ms', logX: true, logY: true };
  return lineChart(lines, { ...axes, title, subtitle, width: 520, height: 280 }).svg();
}

const short = (value: number | undefined): string =>
  value === undefined || Number.isNaN(value) ? '–' : String(Number(value.toPrecision(3)));

function section({ name, title, xTitle }: Words, costs: readonly Cost[]): string {
  const rows = costs.map(({ value, tsdl, peer, limit }) => {
    const ratio = peer === undefined ? undefined : tsdl / peer;
    return `| ${[String(value), ...[tsdl, peer, ratio, limit].map(short)].join(' | ')} |`;
  });
  const powers = [slope(costs, ({ tsdl }) => tsdl), slope(costs, ({ peer }) => peer)].map(short);
  return [
    `## ${title}`,
    '',
    `![${title}](${name}.svg)`,
    '',
    `| ${xTitle} | tsdl | PyTorch | ratio | roofline |`,
    '| --: | --: | --: | --: | --: |',
    ...rows,
    '',
    `The last step grows with power ${powers[0] ?? '–'} (PyTorch ${powers[1] ?? '–'}).`,
  ].join('\n');
}

/** Measures every axis and writes charts and page into this folder. */
export async function scaleBench(run: RunOptions): Promise<string> {
  const [load = NaN] = loadavg();
  const before = await roofOf(run);
  const measured: [Axis, Awaited<ReturnType<typeof along>>][] = [];
  for (const axis of AXES) measured.push([axis, await along(axis, run)]);
  const roof = higher(before, await roofOf(run));
  const at = `${machineName()}, ${new Date().toISOString().slice(0, 10)}`;
  const reached = `${short(roof.flops / 1e9)} GFLOP/s, ${short(roof.bytes / 1e9)} GB/s`;
  const parts: string[] = [];
  const add = (words: Words, costs: readonly Cost[]): void => {
    const svg = drawing(words, costs, `${at}; load ${load.toFixed(1)}; ${reached}`);
    writeAtomically(join(__dirname, `${words.name}.svg`), svg);
    parts.push(section(words, costs));
    run.log(parts.at(-1) ?? '');
  };
  for (const [axis, costs] of measured) {
    add(
      axis,
      costs.map(({ work, ...cost }) => ({ ...cost, limit: limitOf(work, roof) })),
    );
  }
  const title = `Summing ${SUM_BYTES / 1e6} MB of gradients on one machine, one thread a worker`;
  add({ name: 'workers', title, xTitle: 'workers' }, await byWorkers(run));
  const head =
    `Least of all calls in milliseconds, contestants taking turns; ${at}. ${quietness(load)} ` +
    `Roofline: ${reached}, the better of both for one product of 2048³ and one pass over 256 MiB.`;
  const page = ['# Scale', '', head, '', ...parts].join('\n\n').replace(/\n{3,}/g, '\n\n');
  writeAtomically(join(__dirname, 'RESULTS.md'), `${page}\n`);
  return page;
}
