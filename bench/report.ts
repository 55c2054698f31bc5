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
  readonly peer_compiled_ms?: number;
  /** tsdl_ms / peer_ms. */
  readonly ratio?: number;
  readonly ratio_compiled?: number;
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
  readonly rows: readonly Row[];
}

const round = (value: number): number => Number(value.toPrecision(4));

const ratioOf = (a: Figures | undefined, b: Figures | undefined): number | undefined =>
  a && b && round(a.median / b.median);

/** Keeps what is known. */
function defined<T extends object>(row: T): T {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as T;
}

export function rowOf({ name, title }: Workload, { tsdl, eager, peer, peerCompiled }: Measured): Row {
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
    peer_compiled_ms: ms(peerCompiled),
    ratio: ratioOf(tsdl, peer),
    ratio_compiled: ratioOf(tsdl, peerCompiled),
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

/** The table of times, then the table of start-up and memory. */
export function markdown({ machine, versions, date, rows }: Report): string {
  const times = rows.map(
    (row) =>
      `| ${row.title} | ${cell(row.tsdl_ms)} | ${cell(row.eager_ms)} | ${cell(row.peer_ms)} | ${cell(row.ratio, 2)} | ` +
      `${cell(row.peer_compiled_ms)} | ${cell(row.ratio_compiled, 2)} |`,
  );
  const starts = rows.map(
    (row) =>
      `| ${row.title} | ${cell(row.import_ms)} | ${cell(row.first_ms)} | ${cell(row.peak_mb)} | ` +
      `${cell(row.peer_import_ms)} | ${cell(row.peer_first_ms)} | ${cell(row.peer_peak_mb)} |`,
  );
  return [
    `Medians in milliseconds, contestants taking turns; ${machine}; ${versions.join(', ')}; ${date}.`,
    '',
    '| workload | tsdl | tsdl eager | PyTorch | tsdl / PyTorch | torch.compile | tsdl / torch.compile |',
    '| :-- | --: | --: | --: | --: | --: | --: |',
    ...times,
    '',
    'Start-up and memory: import and first call in milliseconds (recording included), peak memory in MiB.',
    '',
    '| workload | tsdl import | first call | peak | PyTorch import | first call | peak |',
    '| :-- | --: | --: | --: | --: | --: | --: |',
    ...starts,
  ].join('\n');
}
