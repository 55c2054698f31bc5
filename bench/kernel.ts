/** Our Jupyter kernel beside ipykernel, stock tslab and, where installed, Deno's: `tsdl bench --only kernel`. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { kernelspec } from '../src/setup/kernelspec';

const ROOT = resolve(__dirname, '..');
const PYTHON = join(ROOT, '.venv/bin/python');

/**
 * Figures of one kernel, as bench/peers/kernel.py prints them; null where it gave up before. Starts count from spawn to
 * ready.
 */
export interface Row {
  readonly name: string;
  readonly starts: number;
  readonly failed_starts: number;
  readonly start_s: number | null;
  readonly start_max_s: number | null;
  readonly first_ms: number | null;
  readonly one_plus_one_ms: number | null;
  readonly declaring_ms: number | null;
  readonly cell_500_by_10: number | null;
  readonly cells: number;
  readonly rss_mb: number | null;
  readonly rss_growth: number | null;
}

export interface Options {
  /** Starts per kernel. */
  readonly starts?: number;
  readonly cells?: number;
  /** Path of a `deno` binary (the npm package `deno` brings one). */
  readonly deno?: string | undefined;
  readonly only?: readonly string[];
}

/** A kernelspec as Jupyter reads it, as far as a start needs it. */
interface Contestant {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly language: 'typescript' | 'python';
}

function contestants(deno: string | undefined): Contestant[] {
  const file = '{connection_file}';
  const tslab = join(ROOT, 'node_modules/tslab/bin/tslab');
  const list: Contestant[] = [
    { ...(JSON.parse(kernelspec()) as Contestant), name: 'tsdl' },
    { name: 'ipykernel', argv: [PYTHON, '-m', 'ipykernel_launcher', '-f', file], language: 'python' },
    {
      name: 'tslab',
      argv: [process.execPath, tslab, 'kernel', '--config-path', file],
      language: 'typescript',
    },
  ];
  if (deno === undefined) return list;
  return [
    ...list,
    { name: 'deno', argv: [deno, 'jupyter', '--kernel', '--conn', file], language: 'typescript' },
  ];
}

/** Measures the kernels beside each other and prints a table. */
export async function bench({ starts = 20, cells = 600, deno, only }: Options = {}): Promise<Row[]> {
  if (!existsSync(PYTHON))
    throw new Error(`Cannot measure kernels: expected ${PYTHON}, got no such file; run npm run setup`);
  const chosen = contestants(deno).filter(({ name }) => !only || only.includes(name));
  const specs = chosen.map((spec) => JSON.stringify({ ...spec, name: undefined, display_name: spec.name }));
  const lines = await run([join(__dirname, 'peers/kernel.py'), String(starts), String(cells), ...specs]);
  const rows = chosen.map(({ name }, at) => {
    const figures = JSON.parse(lines[at] ?? '{}') as Omit<Row, 'name'>;
    return { name, ...figures };
  });
  console.log(`\n${table(rows).join('\n')}`);
  return rows;
}

/** Lines that the script prints; its progress goes to the terminal. */
async function run(args: readonly string[]): Promise<string[]> {
  const child = spawn(PYTHON, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const code = await new Promise((settle, reject) => child.once('error', reject).once('close', settle));
  if (code !== 0) throw new Error(`Cannot measure kernels: expected exit code 0, got ${String(code)}`);
  return text.trim().split('\n');
}

/** The rows as a Markdown table. */
export function table(rows: readonly Row[]): string[] {
  const columns: readonly (keyof Row)[] = [
    'name',
    'starts',
    'failed_starts',
    'start_s',
    'start_max_s',
    'first_ms',
    'one_plus_one_ms',
    'declaring_ms',
    'cell_500_by_10',
    'cells',
    'rss_mb',
    'rss_growth',
  ];
  const line = (cells: readonly unknown[]): string =>
    `| ${cells.map((cell) => String((cell as string | number | null) ?? '–')).join(' | ')} |`;
  return [
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(columns.map((column) => row[column]))),
  ];
}
