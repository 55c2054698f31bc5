/** `tsdl format [--check] [FILE …]`: gives notebooks their one form, or tells which ones lack it. */
import { readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

import { COURSE, NOTEBOOKS } from '../src/cli/run/course';
import { formatNotebook } from '../src/cli/run/notebook';
import { writeAtomically } from '../src/helpers/files/file';

/** Formats the given notebooks, those of the course by default. Exit code 1 when `--check` finds one to change. */
// eslint-disable-next-line @typescript-eslint/require-await -- every sub-command has this signature
export async function format(argv: string[]): Promise<number> {
  const check = argv.includes('--check');
  const named = argv.filter((arg) => arg.endsWith('.ipynb'));
  const course = COURSE.map((name) => join(NOTEBOOKS, `${name}.ipynb`));
  const changed = (named.length > 0 ? named : course).filter((file) => formatFile(file, check));
  for (const file of changed) {
    console.log(`${check ? '需要整理' : '已整理'}：${relative(process.cwd(), file)}`);
  }
  if (check && changed.length > 0) console.log('请运行 npm run format');
  return check && changed.length > 0 ? 1 : 0;
}

/** True when the file was not in canonical form; rewrites it unless `checkOnly`. */
function formatFile(file: string, checkOnly: boolean): boolean {
  const text = readFileSync(file, 'utf8');
  const canonical = formatNotebook(text, basename(file, '.ipynb'));
  if (canonical === text) return false;
  if (!checkOnly) writeAtomically(file, canonical);
  return true;
}
