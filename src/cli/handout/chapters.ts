/**
 * The notebooks a handout is made of: each as its cells are now, with the outputs of an execution of just these cells.
 * Where there is none, it is executed first, or the handout says so.
 */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';

import { say, type Text } from '../../../bin/bootstrap/language';
import { visible, visibleInLine } from '../../../bin/bootstrap/visible';
import { workplace } from '../../engine/backend/paths';
import { run } from '../run';
import { courseNotebook, notebookNames, NOTEBOOKS } from '../run/course';
import { cellText, hasTag, type Notebook } from '../run/notebook';

/** A section of the handout: an executed notebook. */
export interface Chapter {
  readonly name: string;
  readonly notebook: Notebook;
  /** Why its outputs are not those of its cells now; undefined where they are. */
  readonly stale?: Text;
}

/** Which sections, and where their executions come from. */
export interface ChapterOptions {
  /** Beginnings of the names to take; all when empty. */
  readonly only: readonly string[];
  /** Whether notebooks without an up-to-date execution are executed first. */
  readonly run: boolean;
  /** A folder of executed notebooks to take as it is, without executing any. */
  readonly from: string | undefined;
}

const FAILED = { zh: '上次执行没有成功', en: 'its last run failed' };

/**
 * Reads the chapters in reading order, executing what has to be.
 *
 * @param sources the notebooks as they are now
 * @param executions where `tsdl run` puts them executed
 * @returns the chapters, and whether a file was left out that is no notebook
 * @throws RangeError when no notebook is wanted, Error when a cell failed
 */
export async function chaptersOf(
  options: ChapterOptions,
  { sources = NOTEBOOKS, executions = join(workplace(), 'build', 'notebooks') } = {},
): Promise<{ chapters: Chapter[]; unreadable: boolean }> {
  const { only, from } = options;
  const all = notebookNames(from ?? sources, only);
  const names = all.filter((name) => isReadable(name, sources, from ?? executions, from));
  const read = (): Chapter[] => names.map((name) => chapter(name, sources, from ?? executions, from));
  const stale = read().filter((one) => one.stale !== undefined);
  if (from === undefined && options.run && stale.length > 0) await execute(stale, sources, executions);
  const chapters = read();
  for (const one of chapters) refuseFailures(one, from !== undefined);
  for (const { name, stale: reason } of chapters)
    if (reason !== undefined)
      console.log(
        visibleInLine(
          say({
            zh: `${name} 的输出是以前保存的（${reason.zh}），讲义里会注明`,
            en: `${name}: its outputs are saved ones (${reason.en}), and the handout says so`,
          }),
        ),
      );
  return { chapters, unreadable: names.length < all.length };
}

/** Says why a section is not in the handout. */
export const leftOut = (given: string, error: Error): string => {
  const [name, message] = [visibleInLine(given), visible(error.message)];
  return say({ zh: `✗ 讲义里没有 ${name}：${message}`, en: `✗ ${name} is not in the handout: ${message}` });
};

/** Whether a chapter is a notebook; says so where it is none. */
function isReadable(...place: Parameters<typeof chapter>): boolean {
  try {
    chapter(...place);
    return true;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    console.error(leftOut(place[0], error));
    return false;
  }
}

function notebookIn(folder: string, name: string): Notebook | undefined {
  const entry = lstatSync(join(folder, `${name}.ipynb`), { throwIfNoEntry: false });
  return entry && courseNotebook(name, folder);
}

function chapter(name: string, sources: string, executions: string, from: string | undefined): Chapter {
  const [source, executed] = [notebookIn(sources, name), notebookIn(executions, name)];
  const stale = whyStale(source, executed);
  const notebook = stale === undefined || from !== undefined ? executed : source;
  if (notebook === undefined) throw new RangeError(`Cannot make handout: expected ${name}, got no such file`);
  return { name, notebook, stale };
}

/** What speaks against taking `executed` for an execution of `source`; a notebook without a source is its own. */
function whyStale(source: Notebook | undefined, executed: Notebook | undefined): Text | undefined {
  if (executed === undefined) return { zh: '还没有执行过', en: 'it was never run' };
  if (source !== undefined && cellsOf(source) !== cellsOf(executed))
    return { zh: '执行之后改过', en: 'it was changed after its run' };
  const outcome = executed.metadata.tsdl?.outcome;
  if (outcome === undefined) return { zh: '没有 tsdl run 的执行记录', en: 'tsdl run left no record in it' };
  return outcome === 'passed' ? undefined : FAILED;
}

/** Everything of the cells that a reader writes. */
const cellsOf = ({ cells }: Notebook): string =>
  JSON.stringify(cells.map((cell) => [cell.cell_type, cell.metadata.tags ?? [], cellText(cell).trimEnd()]));

async function execute(stale: readonly Chapter[], sources: string, executions: string): Promise<void> {
  for (const { name, stale: reason } of stale)
    console.log(
      visibleInLine(say({ zh: `先执行 ${name}：${reason?.zh}`, en: `${name} is run first: ${reason?.en}` })),
    );
  const code = await run([...stale.map(({ name }) => join(sources, `${name}.ipynb`)), '--out', executions]);
  if (code !== 0)
    throw new Error(
      say({
        zh: '没有写讲义：上面的笔记本没有全部执行成功',
        en: 'No handout written: not all of the notebooks above passed',
      }),
    );
}

/** A handout shows no failed cell, and none that was left out behind one. */
function refuseFailures({ name, notebook, stale }: Chapter, taken: boolean): void {
  const failed = notebook.cells.findIndex(
    (cell) =>
      (!hasTag(cell, 'raises-exception') || hasTag(cell, 'check')) &&
      cell.outputs?.some(({ output_type: type }) => type === 'error'),
  );
  if (failed >= 0)
    throw new Error(
      say({
        zh: `没有写讲义：${name} 的第 ${failed + 1} 个单元出错`,
        en: `No handout written: cell ${failed + 1} of ${name} failed`,
      }),
    );
  if (taken && stale === FAILED)
    throw new Error(
      say({ zh: `没有写讲义：${name} ${FAILED.zh}`, en: `No handout written: ${name}: ${FAILED.en}` }),
    );
}
