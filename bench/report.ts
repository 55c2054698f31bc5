/** The results as JSON and as the Markdown table of the README. */
import { cpus, totalmem } from 'node:os';

import type { Figures, Measured } from './run';
import type { Workload } from './workload';

/** One line of the JSON file; times in milliseconds, medians and minima. */
export interface Row {
  readonly name: string;
  readonly title: string;
  readonly tsdl_ms?: number;
  readonly tsdl_min_ms?: number;
  readonly eager_ms?: number;
  readonly peer_ms?: number;
  readonly peer_min_ms?: number;
  /** Of each variant of the peer, by its arguments. */
  readonly variants_ms?: Readonly<Record<string, number>>;
  /** The fastest of the peer's forms, and its time. */
  readonly best?: string;
  readonly best_ms?: number;
  /** JAX with Flax and Optax, and Keras 3 on it. */
  readonly jax_ms?: number;
  readonly keras_ms?: number;
  /** tsdl_ms / best_ms, and / peer_ms. */
  readonly ratio?: number;
  readonly ratio_plain?: number;
  readonly import_ms?: number;
  readonly first_ms?: number;
  readonly peak_mb?: number;
  readonly peer_import_ms?: number;
  readonly peer_first_ms?: number;
  readonly peer_peak_mb?: number;
}

export interface Report {
  readonly machine: string;
  readonly versions: readonly string[];
  readonly date: string;
  /** Processes that were running or waiting before the run began, over the last minute. */
  readonly load: number;
  readonly rows: readonly Row[];
}

const QUIET = 0.3;

const round = (value: number): number => Number(value.toPrecision(4));

const ratioOf = (a: Figures | undefined, b: Figures | undefined): number | undefined =>
  a && b && round(a.median / b.median);

/** The peer's forms, plain eager first, the fastest last. */
function forms(measured: Measured): [name: string, figures: Figures][] {
  const own = new Set<string>(['tsdl', 'eager', 'jax', 'keras']);
  return Object.entries(measured)
    .flatMap(([side, figures]): [string, Figures][] => {
      if (own.has(side) || !figures) return [];
      return [[side === 'peer' ? 'eager' : side.replace(/--/g, ''), figures]];
    })
    .sort(([, a], [, b]) => b.median - a.median);
}

/** Keeps what is known. */
function defined<T extends object>(row: T): T {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as T;
}

export function rowOf({ name, title }: Workload, measured: Measured): Row {
  const { tsdl, eager, peer } = measured;
  const all = forms(measured);
  const [best, fastest] = all.at(-1) ?? [];
  const ms = (figures: Figures | undefined): number | undefined => figures && round(figures.median);
  const least = (figures: Figures | undefined): number | undefined => figures && round(figures.min);
  return defined({
    name,
    title,
    tsdl_ms: ms(tsdl),
    tsdl_min_ms: least(tsdl),
    eager_ms: ms(eager),
    peer_ms: ms(peer),
    peer_min_ms: least(peer),
    variants_ms: peer && Object.fromEntries(all.map(([form, figures]) => [form, round(figures.median)])),
    jax_ms: ms(measured.jax),
    keras_ms: ms(measured.keras),
    best,
    best_ms: ms(fastest),
    ratio: ratioOf(tsdl, fastest),
    ratio_plain: ratioOf(tsdl, peer),
    import_ms: tsdl && round(tsdl.ready.import_ms),
    first_ms: tsdl && round(tsdl.ready.first_ms),
    peak_mb: tsdl && round(tsdl.peakMb),
    peer_import_ms: peer && round(peer.ready.import_ms),
    peer_first_ms: peer && round(peer.ready.first_ms),
    peer_peak_mb: peer && round(peer.peakMb),
  });
}

export function machineName(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpu?.model.trim() ?? 'unknown CPU'}, ${cpus().length} cores, ${memory} GiB`;
}

const cell = (value: number | undefined, digits = 3): string =>
  value === undefined
    ? '–'
    : value >= 1000
      ? String(Math.round(value))
      : String(Number(value.toPrecision(digits)));

/** Times from a machine that does something else are not worth quoting, and say so. */
export const quietness = (load: number): string =>
  load < QUIET
    ? `Load average before it ${load.toFixed(2)}.`
    : `**Not for quoting: the machine was not quiet, its load average was ${load.toFixed(2)} before the run.**`;

/** What other libraries take, where they were measured. */
function othersTable(rows: readonly Row[]): string[] {
  const known = rows.filter(({ jax_ms, keras_ms }) => jax_ms !== undefined || keras_ms !== undefined);
  if (known.length === 0) return [];
  return [
    '',
    'Others, in the same run: JAX with Flax and Optax (a jitted step), Keras 3 on JAX (`train_on_batch`).',
    '',
    '| workload | tsdl | JAX | Keras |',
    '| :-- | --: | --: | --: |',
    ...known.map(
      (row) =>
        `| ${[row.title, ...[row.tsdl_ms, row.jax_ms, row.keras_ms].map((ms) => cell(ms))].join(' | ')} |`,
    ),
  ];
}

/** The table of times, then the table of start-up and memory. */
export function markdown({ machine, versions, date, load, rows }: Report): string {
  const times = rows.map(
    (row) =>
      `| ${row.title} | ${cell(row.tsdl_ms)} | ${cell(row.eager_ms)} | ${cell(row.best_ms)} (${row.best ?? '–'}) | ` +
      `${cell(row.ratio, 2)} | ${cell(row.peer_ms)} | ${cell(row.ratio_plain, 2)} |`,
  );
  const starts = rows.map(
    (row) =>
      `| ${row.title} | ${cell(row.import_ms)} | ${cell(row.first_ms)} | ${cell(row.peak_mb)} | ` +
      `${cell(row.peer_import_ms)} | ${cell(row.peer_first_ms)} | ${cell(row.peer_peak_mb)} |`,
  );
  return [
    `Medians in milliseconds, contestants taking turns; ${machine}; ${versions.join(', ')}; seeds 0; ${date}. ${quietness(load)}`,
    '',
    '| workload | tsdl | tsdl eager | best PyTorch | tsdl / best | PyTorch eager | tsdl / eager |',
    '| :-- | --: | --: | --: | --: | --: | --: |',
    ...times,
    ...othersTable(rows),
    '',
    'Start-up and memory: import and first call in milliseconds (recording included), peak memory in MiB.',
    '',
    '| workload | tsdl import | first call | peak | PyTorch import | first call | peak |',
    '| :-- | --: | --: | --: | --: | --: | --: |',
    ...starts,
  ].join('\n');
}
