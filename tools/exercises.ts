/**
 * Runs the course as a reader would who has not solved anything: `npm run test:exercises [-- --only 03,05]`.
 * The notebooks are those of `tsdl release`, so that every self-check meets the unsolved exercise; each has to fail, and
 * with a sentence that says what is wrong (`✗ …`), not with a stray error, and nothing else may fail. That solutions
 * pass is what `npm run notebooks` shows: there they run before the checks.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

import { studentNotebook } from '../src/cli/release/student';
import { run } from '../src/cli/run';
import { courseName, NOTEBOOKS } from '../src/cli/run/course';
import { hasTag, type Notebook, type NotebookCell, parseNotebook } from '../src/cli/run/notebook';
import { courseNotebooks } from '../src/cli/run/options';
import { PROJECT } from '../src/engine/backend/paths';
import { KERNEL } from '../src/setup/kernelspec';

const FOLDER = join(PROJECT, 'build', 'exercises');
const CONTEXT = { kernel: KERNEL, isThere: () => true };
/** What the self-checks' sentences begin with. */
const SENTENCE = /^✗ /;

/** What a self-check said, and whether that helps a reader. */
function verdict(cell: NotebookCell): { id: string; said: string; helpful: boolean } {
  const error = cell.outputs?.find(({ output_type: type }) => type === 'error');
  const silent = typeof cell.execution_count === 'number' ? 'passes unsolved' : 'did not run';
  const said = error === undefined ? silent : String(error.evalue).split('\n').join(' ');
  return { id: cell.id ?? '', said, helpful: SENTENCE.test(said) };
}

const read = (path: string): Notebook => parseNotebook(readFileSync(path, 'utf8'), basename(path));

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  mkdirSync(FOLDER, { recursive: true });
  // cells are checked as strictly as in the course's own folder
  writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify({ extends: join(NOTEBOOKS, 'tsconfig.json') }));
  cpSync(join(NOTEBOOKS, 'programs'), join(FOLDER, 'programs'), { recursive: true }); // what 08 launches
  const names = courseNotebooks(values.only).map((path) => {
    const name = `${courseName(path)}.ipynb`;
    mkdirSync(dirname(join(FOLDER, name)), { recursive: true });
    writeFileSync(join(FOLDER, name), JSON.stringify(studentNotebook(read(path), CONTEXT)));
    return name;
  });
  const out = join(FOLDER, 'executed');
  const code = await run([...names.map((name) => join(FOLDER, name)), '--out', out, '--cell-timeout', '900']);
  const checks = names.flatMap((name) => read(join(out, name)).cells.filter((cell) => hasTag(cell, 'check')));
  const verdicts = checks.map(verdict);
  for (const { id, said, helpful } of verdicts) console.log(`${helpful ? '✓' : '✗'} ${id}  ${said}`);
  const bad = verdicts.filter(({ helpful }) => !helpful).length;
  console.log(
    `${verdicts.length} self-checks met an unsolved exercise, ${bad} of them without a helpful sentence`,
  );
  return code === 0 && bad === 0 && verdicts.length > 0 ? 0 : 1;
}

void main().then((code) => (process.exitCode = code));
