/** The course's notebooks by name, in reading order. Any other notebook in the folder is the user's own. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { packed, workplace } from '../../engine/backend/paths';
import { type Notebook, parseNotebook } from './notebook';

/** The course; where the package is installed, the folder one stands in. */
export const NOTEBOOKS = packed ? workplace() : join(workplace(), 'notebooks');

/** The notebooks of the course, in order; others in the folder are the reader's own. */
export const COURSE: readonly string[] = [
  '01-introduction',
  '02-setup',
  '03-neural-networks',
  '04-activations',
  '05-cnn',
  '06-rnn-lstm',
  '07-transformer',
  '08-training',
  '09-techniques',
  '10-transfer-learning',
  '11-summary',
];

/** The names of a folder's numbered notebooks that begin like one of `only`; all when it is empty. @throws RangeError when one of them begins no name */
export function notebookNames(folder: string, only: readonly string[]): string[] {
  const all = readdirSync(folder)
    .filter((file) => /^\d\d-[\w-]+\.ipynb$/.test(file))
    .map((file) => file.slice(0, -'.ipynb'.length))
    .sort();
  const missing = only.filter((wanted) => !all.some((name) => name.startsWith(wanted)));
  if (all.length === 0 || missing.length > 0) {
    throw new RangeError(
      `Cannot find notebooks: expected ${missing.join(', ') || 'some'} in ${folder}, got [${all.join(', ')}]`,
    );
  }
  return all.filter((name) => only.length === 0 || only.some((wanted) => name.startsWith(wanted)));
}

/** A notebook of the course as it is now. @throws SyntaxError when it is none */
export const courseNotebook = (name: string, folder = NOTEBOOKS): Notebook =>
  parseNotebook(readFileSync(join(folder, `${name}.ipynb`), 'utf8'), name);
