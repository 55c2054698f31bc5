/** The command line of `tsdl run`. */
import { lstatSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { workplace } from '../../engine/backend/paths';
import { NOTEBOOKS, notebooksIn } from './course';

/** How much the notebooks train: little, or as the guide does. */
export type Profile = 'smoke' | 'full';

/** The arguments, read. */
export interface RunOptions {
  /** Absolute paths of the notebooks, in order. */
  readonly notebooks: readonly string[];
  readonly profile: Profile;
  /** Folder for executed notebooks and report.json. */
  readonly out: string;
  /** File for the results as JUnit XML. */
  readonly junit: string | undefined;
  /** Puts the outputs into the notebooks themselves. */
  readonly write: boolean;
  /** Runs with this kernel instead of the one the notebook names. */
  readonly kernel: string | undefined;
  /** Limit of one cell, in seconds. */
  readonly cellSeconds: number;
  /** Limit of one notebook, in seconds. */
  readonly notebookSeconds: number;
}

/** Limits in seconds: a notebook of the smoke profile has 8 minutes, full trains for real, also on slow machines. */
const LIMITS: Record<Profile, { cell: number; notebook: number }> = {
  smoke: { cell: 180, notebook: 480 },
  full: { cell: 3 * 3600, notebook: 8 * 3600 },
};

/** What `--help` prints. */
export const USAGE = {
  zh: `用法：npm run notebooks -- [选项] [文件.ipynb …]

  --only 05,11-summary/04 只运行这些编号的 notebook
  --profile smoke|full    smoke：小数据、少轮数（默认）；full：教程原本的设置
  --out 目录              执行后的 notebook 和 report.json 放在哪里（默认 build/notebooks）
  --junit 文件            结果另存为 JUnit XML，供 CI 显示（每个 notebook 一个 testsuite，每个代码单元一个 testcase）
  --write                 把成功执行的 notebook 的输出写回源文件
  --kernel 名称           改用别的内核（默认用 notebook 里写的）
  --cell-timeout 秒       一个单元最多运行多久
  --notebook-timeout 秒   一个 notebook 最多运行多久`,
  en: `usage: npm run notebooks -- [options] [FILE.ipynb …]

  --only 05,11-summary/04   these notebooks only
  --profile smoke|full      smoke: little data, few epochs (default); full: as the guide trains
  --out FOLDER              where executed notebooks and report.json go (build/notebooks by default)
  --junit FILE              the results as JUnit XML for CI: a testsuite for each notebook, a testcase for each code cell
  --write                   puts the outputs of notebooks that passed into the notebooks themselves
  --kernel NAME             another kernel than the one the notebook names
  --cell-timeout S          longest time for a cell, in seconds
  --notebook-timeout S      longest time for a notebook, in seconds`,
};

const FLAGS = {
  only: { type: 'string' },
  profile: { type: 'string', default: process.env.TSDL_PROFILE || 'smoke' },
  out: { type: 'string', default: join(workplace(), 'build', 'notebooks') },
  junit: { type: 'string' },
  write: { type: 'boolean', default: false },
  kernel: { type: 'string' },
  'cell-timeout': { type: 'string' },
  'notebook-timeout': { type: 'string' },
} as const;

/**
 * Reads the command line.
 *
 * @throws RangeError or TypeError saying which argument is wrong
 */
export function parseRunOptions(argv: readonly string[]): RunOptions {
  const { values, positionals } = parseArgs({ args: [...argv], options: FLAGS, allowPositionals: true });
  const { profile } = values;
  if (profile !== 'smoke' && profile !== 'full') {
    throw new RangeError(`Cannot run notebooks: expected --profile smoke or full, got "${profile}"`);
  }
  const limits = LIMITS[profile];
  return {
    notebooks: positionals.length > 0 ? positionals.map(namedNotebook) : courseNotebooks(values.only),
    profile,
    out: resolve(values.out),
    junit: values.junit === undefined ? undefined : resolve(values.junit),
    write: values.write,
    kernel: values.kernel,
    cellSeconds: seconds('cell-timeout', values['cell-timeout'], limits.cell),
    notebookSeconds: seconds('notebook-timeout', values['notebook-timeout'], limits.notebook),
  };
}

function seconds(flag: string, text: string | undefined, standard: number): number {
  const value = text === undefined ? standard : Number(text);
  if (value > 0) return value;
  throw new RangeError(`Cannot run notebooks: expected --${flag} in seconds above 0, got "${text}"`);
}

function namedNotebook(path: string): string {
  // a link that leads nowhere fails later, alone: others may stand behind it
  if (!path.endsWith('.ipynb') || !lstatSync(path, { throwIfNoEntry: false })) {
    throw new RangeError(`Cannot run notebooks: expected an .ipynb file, got "${path}"`);
  }
  return resolve(path);
}

/**
 * The notebooks of a folder, the user's own too, whose names begin with one of the comma-separated beginnings.
 * @throws RangeError if there is none, or one of the beginnings fits none
 */
export function courseNotebooks(only: string | undefined, dir = NOTEBOOKS): string[] {
  const names = notebooksIn(dir);
  const wanted = only?.split(',').map((part) => part.trim());
  const unknown = wanted?.filter((start) => start === '' || !names.some((name) => name.startsWith(start)));
  if (names.length === 0 || (unknown !== undefined && unknown.length > 0)) {
    throw new RangeError(
      `Cannot run notebooks: expected --only to name some of [${names.join(', ')}], got "${unknown?.join(',') ?? ''}"`,
    );
  }
  return names
    .filter((name) => wanted === undefined || wanted.some((start) => name.startsWith(start)))
    .map((name) => join(dir, `${name}.ipynb`));
}
