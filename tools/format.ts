/** `tsdl format [--check] [FILE …]`: gives notebooks their one form, or tells which ones lack it. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

import { say } from '../bin/bootstrap/language';
import { formatNotebook } from '../src/cli/run/notebook';
import { PROJECT } from '../src/engine/backend/paths';
import { writeAtomically } from '../src/helpers/files/file';

const NOTEBOOKS = join(PROJECT, 'notebooks');

/** Formats the given notebooks, all of `notebooks/` by default. Exit code 1 when `--check` finds one to change. */
// eslint-disable-next-line @typescript-eslint/require-await -- every sub-command has this signature
export async function format(argv: string[]): Promise<number> {
  const check = argv.includes('--check');
  const named = argv.filter((arg) => arg.endsWith('.ipynb'));
  const changed = (named.length > 0 ? named : allNotebooks()).filter((file) => formatFile(file, check));
  for (const file of changed) {
    console.log(
      say({
        zh: `${check ? '需要整理' : '已整理'}：${relative(process.cwd(), file)}`,
        en: `${check ? 'not in form' : 'formatted'}: ${relative(process.cwd(), file)}`,
      }),
    );
  }
  if (check && changed.length > 0)
    console.log(say({ zh: '请运行 npm run format', en: 'run npm run format' }));
  return check && changed.length > 0 ? 1 : 0;
}

/** Absolute paths of the course's notebooks in reading order. */
function allNotebooks(): string[] {
  return readdirSync(NOTEBOOKS)
    .filter((name) => name.endsWith('.ipynb'))
    .sort()
    .map((name) => join(NOTEBOOKS, name));
}

/** True when the file was not in canonical form; rewrites it unless `checkOnly`. */
function formatFile(file: string, checkOnly: boolean): boolean {
  const text = readFileSync(file, 'utf8');
  const canonical = formatNotebook(text, basename(file, '.ipynb'));
  if (canonical === text) return false;
  if (!checkOnly) writeAtomically(file, canonical);
  return true;
}
