/** What a run came to: report.json and the table on screen. */
import { cpus, totalmem } from 'node:os';

import width from 'string-width';

import { plain, say, type Text } from '../../../bin/bootstrap/language';
import { visibleInLine } from '../../../bin/bootstrap/visible';
import type { RunOptions } from './options';

/** What stopped a notebook. */
export interface RunError {
  readonly kind:
    'error' | 'stderr' | 'timeout' | 'dead-kernel' | 'start' | 'run' | 'malformed' | 'interrupted';
  readonly name: string;
  readonly message: string;
  /** Position among all cells, from 0; null when no cell was running. */
  readonly cell: number | null;
  /** The cell's id. */
  readonly id: string | null;
  /** The kernel's own frames, coloured as it sent them. */
  readonly traceback?: readonly string[];
}

/** How one notebook fared. */
export interface NotebookReport {
  /** File name without `.ipynb`, with folders where several have the same. */
  readonly notebook: string;
  /** Absolute path of the notebook. */
  readonly path: string;
  /** Code cells in the notebook. */
  readonly cells: number;
  /** Code cells begun. */
  readonly executed: number;
  readonly seconds: number;
  readonly cellSeconds: readonly number[];
  /** Where it computed, `cpu` or `gpu:1`; null if it did not load TensorFlow or did not get to the end. */
  readonly device: string | null;
  /** Largest resident memory of the kernel, in MB; null where the system does not say. */
  readonly peakMB: number | null;
  readonly status: 'passed' | 'failed' | 'not run';
  readonly error: RunError | null;
}

/** The content of `report.json`. */
export interface Report {
  readonly status: 'passed' | 'failed' | 'interrupted';
  readonly profile: string;
  /** `TSDL_SEED` of the kernels. */
  readonly seed: string;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly seconds: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly notebooks: readonly NotebookReport[];
}

/** The machine as far as it explains times: chip, cores, memory. */
export function machine(): Record<string, string | number> {
  return {
    platform: process.platform,
    arch: process.arch,
    cpu: cpus()[0]?.model.trim() ?? process.arch,
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 2 ** 30),
  };
}

/**
 * A device as reports name it: `cpu`, and a card with its number as TSDL_DEVICE counts them; null for what is none, since
 * it is a cell that prints it.
 */
export function deviceText(device: { kind?: unknown; index?: unknown } | null): string | null {
  if (typeof device?.kind !== 'string') return null;
  return typeof device.index === 'number' ? `${device.kind}:${device.index}` : device.kind;
}

/** What a notebook keeps of the run that its outputs are from. */
export const stampOf = (
  { device, seconds, peakMB }: NotebookReport,
  { started, profile, machine: { cpu, cores } }: Report,
): Record<string, unknown> => ({
  ...{ date: started.slice(0, 10), profile, device, cpu, cores },
  ...{ seconds: Math.round(seconds), peakMB },
});

/** The entry of a notebook that was not reached. */
export const notRun = (notebook: string, path: string): NotebookReport => ({
  notebook,
  path,
  cells: 0,
  executed: 0,
  seconds: 0,
  cellSeconds: [],
  device: null,
  peakMB: null,
  status: 'not run',
  error: null,
});

/** `passed` only if every notebook did. */
function statusOf(notebooks: readonly NotebookReport[]): Report['status'] {
  if (notebooks.some(({ error }) => error?.kind === 'interrupted')) return 'interrupted';
  return notebooks.every(({ status }) => status === 'passed') ? 'passed' : 'failed';
}

const KINDS: Record<RunError['kind'], Text> = {
  error: { zh: '出错', en: 'failed' },
  stderr: { zh: '意外的 stderr 输出', en: 'unexpected stderr' },
  timeout: { zh: '超时', en: 'timed out' },
  'dead-kernel': { zh: '内核崩溃', en: 'the kernel died' },
  start: { zh: '内核未能启动', en: 'the kernel did not start' },
  run: { zh: '执行失败', en: 'not run to its end' },
  malformed: { zh: '文件格式不对', en: 'is no sound notebook' },
  interrupted: { zh: '被中断', en: 'interrupted' },
};

/** What happened, in a few words. */
export const kindText = (kind: RunError['kind']): string => say(KINDS[kind]);

function outcome({ status, error }: NotebookReport): string {
  if (status === 'passed') return say({ zh: '通过', en: 'passed' });
  return error === null ? say({ zh: '未运行', en: 'not run' }) : kindText(error.kind);
}

/** `48 s`, `3 min 05 s`. */
export function duration(seconds: number): string {
  if (seconds < 10) return say({ zh: `${seconds.toFixed(1)} 秒`, en: `${seconds.toFixed(1)} s` });
  const whole = Math.round(seconds);
  if (whole < 60) return say({ zh: `${whole} 秒`, en: `${whole} s` });
  const [minutes, rest] = [Math.floor(whole / 60), String(whole % 60).padStart(2, '0')];
  return say({ zh: `${minutes} 分 ${rest} 秒`, en: `${minutes} min ${rest} s` });
}

const pad = (text: string, columns: number, right: boolean): string => {
  const space = ' '.repeat(Math.max(0, columns - width(text)));
  return right ? space + text : text + space;
};

const HEADER: readonly Text[] = [
  plain('notebook'),
  { zh: '单元', en: 'cells' },
  { zh: '用时', en: 'time' },
  { zh: '设备', en: 'device' },
  { zh: '内存峰值', en: 'peak memory' },
  { zh: '结果', en: 'result' },
];
/** Columns of numbers stand to the right. */
const NUMERIC = new Set([1, 2, 4]);

/** The table shown at the end of a run. */
export function table(notebooks: readonly NotebookReport[]): string {
  const rows = notebooks.map((entry) =>
    [
      entry.notebook,
      `${entry.executed}/${entry.cells}`,
      duration(entry.seconds),
      entry.device ?? '—',
      entry.peakMB === null ? '—' : `${entry.peakMB} MB`,
      outcome(entry),
    ].map(visibleInLine),
  );
  const header = HEADER.map(say);
  const widths = header.map((title, i) => Math.max(width(title), ...rows.map((row) => width(row[i] ?? ''))));
  return [header, widths.map((columns) => '─'.repeat(columns)), ...rows]
    .map((row) =>
      row
        .map((text, i) => pad(text, widths[i] ?? 0, NUMERIC.has(i)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Builds the report of a run; one whose driver failed is not `complete` and never passes. */
export function buildReport(
  options: RunOptions,
  notebooks: readonly NotebookReport[],
  context: {
    complete: boolean;
    started: Date;
    seconds: number;
    seed: string;
    versions: Record<string, string>;
  },
): Report {
  return {
    status: context.complete ? statusOf(notebooks) : 'failed',
    profile: options.profile,
    seed: context.seed,
    started: context.started.toISOString(),
    seconds: context.seconds,
    versions: context.versions,
    machine: machine(),
    notebooks,
  };
}
