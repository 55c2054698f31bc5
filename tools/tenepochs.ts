/**
 * Runs notebook 08 as the guide does, ten epochs, and records the log of its loop for the notebook, whose committed run
 * is the short one: `npm run tenepochs`.
 */
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { run } from '../src/cli/run';
import { cellText, type Notebook } from '../src/cli/run/notebook';
import { PROJECT } from '../src/engine/backend/paths';
import { readNotebook } from './otherseeds';

const NOTEBOOK = join(PROJECT, 'notebooks/08-training.ipynb');
const FIXTURE = join(PROJECT, 'notebooks/fixtures/08-ten.json');
const OUT = join(PROJECT, 'build', 'tenepochs');

/** What the cell that holds a text printed. @throws RangeError if there is no such cell or it printed nothing */
function printedBy({ cells }: Notebook, text: string): string[] {
  const cell = cells.find((one) => one.cell_type === 'code' && cellText(one).includes(text));
  const lines = (cell?.outputs ?? []).flatMap(({ text: printed }) =>
    [(printed ?? []) as string[] | string].flat(),
  );
  if (lines.length === 0)
    throw new RangeError(`Cannot record a log: expected a cell with "${text}" to print, got nothing`);
  return lines.join('').trimEnd().split('\n');
}

async function main(): Promise<number> {
  const code = await run([NOTEBOOK, '--out', OUT, '--profile', 'full']);
  if (code !== 0) return code;
  const notebook = readNotebook(join(OUT, basename(NOTEBOOK)));
  const data = printedBy(notebook, 'new datasets.MNIST({ train: true').at(-1) ?? '';
  const log = printedBy(notebook, 'epoch <= EPOCHS');
  const recorded = `录于 ${new Date().toISOString().slice(0, 10)}，完整版，${data}`;
  writeFileSync(FIXTURE, `${JSON.stringify({ recorded, log }, null, 2)}\n`);
  return 0;
}

if (require.main === module) void main().then((code) => (process.exitCode = code));
