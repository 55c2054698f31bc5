/** Runs `tsdl run` as a program of its own, over notebooks that a test makes. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import type { Notebook } from '../../src/cli/run/notebook';
import type { NotebookReport, Report } from '../../src/cli/run/report';

export const PROJECT = resolve(__dirname, '../..');
const PYTHON = join(PROJECT, '.venv/bin/python');
export const TSLAB = join(PROJECT, '.venv/share/jupyter/kernels/tslab/kernel.json');

export type Cell = string | { code: string; tags: string[] };

/** Text of a notebook with these code cells. */
export function notebook(kernel: string, cells: readonly Cell[]): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: kernel, display_name: kernel, language: 'python' } },
    cells: cells.map((cell, i) => ({
      cell_type: 'code',
      id: `cell-${i}`,
      metadata: typeof cell === 'string' ? {} : { tags: cell.tags },
      source: typeof cell === 'string' ? cell : cell.code,
      outputs: [],
      execution_count: null,
    })),
  });
}

export interface Outcome {
  code: number | null;
  screen: string;
  report: Report;
  entry: (name: string) => NotebookReport;
  executed: (name: string) => Notebook;
  source: (name: string) => string;
}

interface How {
  args?: string[];
  kernel?: string;
  env?: NodeJS.ProcessEnv;
  onText?: (text: string, pid: number) => void;
}

/** Runs `tsdl run` over notebooks as a program of its own. */
export async function runNotebooks(
  dir: string,
  notebooks: Record<string, readonly Cell[]>,
  { args = [], kernel = 'python3', env = {}, onText }: How = {},
): Promise<Outcome> {
  const paths = Object.entries(notebooks).map(([name, cells]) => {
    const path = join(dir, `${name}.ipynb`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, notebook(kernel, cells));
    return path;
  });
  const out = join(dir, 'out');
  const start = `require('ts-node').register({ transpileOnly: true });
    require('./src/cli/run').run(process.argv.slice(1)).then((code) => (process.exitCode = code));`;
  const child = spawn(process.execPath, ['-e', start, '--', ...paths, '--out', out, ...args], {
    cwd: PROJECT,
    env: { ...process.env, ...env },
  });
  let screen = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      screen += text;
      onText?.(screen, child.pid ?? 0);
    });
  }
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const read = (name: string) => readFileSync(join(out, name), 'utf8');
  const report = JSON.parse(code === null ? '{}' : read('report.json')) as Report; // none where it was killed
  return {
    code,
    screen,
    report,
    entry: (name) => report.notebooks.find((entry) => entry.notebook === name)!,
    executed: (name) => JSON.parse(read(`${name}.ipynb`)) as Notebook,
    source: (name) => readFileSync(join(dir, `${name}.ipynb`), 'utf8'),
  };
}

/** A folder for the tests of a suite, which is left out where there is no Python environment. */
export function runFolder(): () => string {
  let dir = '';
  before(function () {
    if (!existsSync(PYTHON)) this.skip(); // npm test installs the environment first
    dir = mkdtempSync(join(tmpdir(), 'tsdl-run-'));
  });
  after(() => dir && rmSync(dir, { recursive: true }));
  return () => dir;
}
