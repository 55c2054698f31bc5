/**
 * The course's notebooks by name, in reading order: their path in its folder, without the ending. Any other notebook in the
 * folder is the user's own.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';

import { packed, workplace } from '../../engine/backend/paths';
import { enclosed } from './enclosed';
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
  '11-summary/01-detection',
  '11-summary/02-segmentation',
  '11-summary/03-style-transfer',
  '11-summary/04-gpt',
  '11-summary/05-bert',
  '11-summary/06-translation',
  '11-summary/07-vae',
  '11-summary/08-gan',
  '11-summary/09-diffusion',
  '11-summary/10-reinforcement-learning',
];

/** The folders beside the course's notebooks that hold some of them. */
const PARTS: readonly string[] = [
  ...new Set(COURSE.filter((name) => name.includes('/')).map((name) => posix.dirname(name))),
];

/** What a file is called: by its name alone; by its folder too where the course has notebooks in it (`11-summary/01-gpt`). */
export function courseName(path: string): string {
  const folder = basename(dirname(path));
  return posix.join(PARTS.includes(folder) ? folder : '.', basename(path, '.ipynb'));
}

/** The names of a folder's notebooks in reading order, those of its course folders behind the notebook of their name. */
export function notebooksIn(folder: string): string[] {
  const names = (part: string): string[] =>
    readdirSync(join(folder, part))
      .filter((file) => file.endsWith('.ipynb'))
      .map((file) => posix.join(part, file.slice(0, -'.ipynb'.length)));
  return ['.', ...PARTS.filter((part) => existsSync(join(folder, part)))].flatMap(names).sort();
}

/** The names of a folder's numbered notebooks that begin like one of `only`; all when it is empty. @throws RangeError when one of them begins no name */
export function notebookNames(folder: string, only: readonly string[]): string[] {
  const all = notebooksIn(folder).filter((name) => /^\d\d-[\w-]+$/.test(posix.basename(name)));
  const missing = only.filter((wanted) => !all.some((name) => name.startsWith(wanted)));
  if (all.length === 0 || missing.length > 0) {
    throw new RangeError(
      `Cannot find notebooks: expected ${missing.join(', ') || 'some'} in ${folder}, got [${all.join(', ')}]`,
    );
  }
  return all.filter((name) => only.length === 0 || only.some((wanted) => name.startsWith(wanted)));
}

/** Beyond this many bytes a notebook is a mistake; also in execute.py. */
const MOST_BYTES = 2 ** 28;

/**
 * A notebook of a folder as it is now.
 * @throws SyntaxError when it is none: a pipe, which would keep us waiting, a link to a file that is not of this folder
 */
export function courseNotebook(name: string, folder = NOTEBOOKS): Notebook {
  const file = enclosed(folder, `${name}.ipynb`);
  if (file !== undefined && statSync(file).size <= MOST_BYTES)
    return parseNotebook(readFileSync(file, 'utf8'), name);
  const got = file === undefined ? 'none, or a link out of it' : 'a larger one';
  throw new SyntaxError(
    `Cannot read notebook ${name}: expected a file of at most ${MOST_BYTES} bytes in ${folder}, got ${got}`,
  );
}
