/**
 * Runs the notebooks of chapter 11 with other seeds and records what they came to, for `overSeeds`:
 * `npm run seeds [-- --only 11-summary/04]`. The figures are read from the table that the run itself shows.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';

import { run } from '../src/cli/run';
import { courseName } from '../src/cli/run/course';
import { cellText, type Notebook, parseNotebook } from '../src/cli/run/notebook';
import { courseNotebooks } from '../src/cli/run/options';
import { PROJECT } from '../src/engine/backend/paths';
import { type Figures, type SeedRecord, seedTitle, thisRun } from '../src/helpers/course/seeds';

/** Beside the one that the notebooks are committed with. */
const SEEDS = [1, 2];
const FIXTURE = join(PROJECT, 'notebooks/fixtures/seeds.json');
const BUILD = join(PROJECT, 'build', 'seeds');

/** A notebook as it lies on disk. */
export const readNotebook = (path: string): Notebook =>
  parseNotebook(readFileSync(path, 'utf8'), basename(path));

/** Where a notebook shows its table over seeds; -1 without one. */
const tableOf = ({ cells }: Notebook): number =>
  cells.findIndex((cell) => cell.cell_type === 'code' && cellText(cell).includes('overSeeds('));

/** The notebook with another seed, as a file of its own; what comes after the table, the exercises too, is left out. */
function withSeed(path: string, seed: number): string {
  const folder = join(BUILD, String(seed));
  mkdirSync(folder, { recursive: true });
  const copy = join(folder, basename(path));
  // the course's cells are compiled as the course's folder says, wherever they lie
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(PROJECT, 'notebooks/tsconfig.json') }),
  );
  const notebook = readNotebook(path);
  const cells = notebook.cells.slice(0, tableOf(notebook) + 1);
  const text = JSON.stringify({ ...notebook, cells }, null, 1);
  writeFileSync(copy, text.replace(/const SEED = \d+/, `const SEED = ${seed}`));
  return copy;
}

/** This run's row of the table over seeds. @throws RangeError where there is none */
export function figuresOf({ cells }: Notebook, seed: number): Figures {
  const texts = cells.flatMap(({ outputs = [] }) =>
    outputs.map(({ data }) =>
      [(data as Record<string, string[] | string>)?.['text/plain'] ?? ''].flat().join(''),
    ),
  );
  for (const text of texts) {
    const rows = text.split('\n').map((line) => line.trim().split(/\s{2,}/));
    const row = rows.find(([first]) => first === thisRun(seed));
    const header = rows.find(([first]) => first === seedTitle());
    if (row && header)
      return Object.fromEntries(header.slice(1).map((name, i) => [name, Number(row[i + 1])]));
  }
  throw new RangeError(`Cannot record seed ${seed}: expected a table over seeds with its row, got none`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { only: { type: 'string', default: '11-summary/' } } });
  const paths = courseNotebooks(values.only).filter((path) => tableOf(readNotebook(path)) >= 0);
  const record: Record<string, Record<string, Figures>> = {
    ...(JSON.parse(readFileSync(FIXTURE, 'utf8')) as SeedRecord),
  };
  for (const path of paths) {
    const rows: [string, Figures][] = [];
    for (const seed of SEEDS) {
      const copy = withSeed(path, seed);
      const out = join(BUILD, String(seed), 'executed');
      const code = await run([copy, '--out', out, '--profile', 'smoke']);
      if (code !== 0) return code;
      rows.push([String(seed), figuresOf(readNotebook(join(out, basename(copy))), seed)]);
    }
    record[courseName(path)] = Object.fromEntries(rows);
    writeFileSync(FIXTURE, `${JSON.stringify(record, null, 2)}\n`);
  }
  return 0;
}

if (require.main === module) void main().then((code) => (process.exitCode = code));
