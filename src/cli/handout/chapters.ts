/**
 * The notebooks a handout is made of: each as its cells are now, with the outputs of an execution of just these cells.
 * Where there is none, it is executed first, or the handout says so.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { workplace } from '../../engine/backend/paths';
import { run } from '../run';
import { notebookNames, NOTEBOOKS } from '../run/course';
import { cellText, hasTag, type Notebook, parseNotebook } from '../run/notebook';

export interface Chapter {
  readonly name: string;
  readonly notebook: Notebook;
  /** Why its outputs are not those of its cells now, in Chinese; undefined where they are. */
  readonly stale?: string;
}

export interface ChapterOptions {
  /** Beginnings of the names to take; all when empty. */
  readonly only: readonly string[];
  /** Whether notebooks without an up-to-date execution are executed first. */
  readonly run: boolean;
  /** A folder of executed notebooks to take as it is, without executing any. */
  readonly from: string | undefined;
}

const FAILED = '上次执行没有成功';

/**
 * Reads the chapters in reading order, executing what has to be.
 *
 * @param sources the notebooks as they are now
 * @param executions where `tsdl run` puts them executed
 * @throws RangeError when no notebook is wanted, Error when a cell failed
 */
export async function chaptersOf(
  options: ChapterOptions,
  { sources = NOTEBOOKS, executions = join(workplace(), 'build', 'notebooks') } = {},
): Promise<Chapter[]> {
  const { only, from } = options;
  const names = notebookNames(from ?? sources, only);
  const read = (): Chapter[] => names.map((name) => chapter(name, sources, from ?? executions, from));
  const stale = read().filter((one) => one.stale !== undefined);
  if (from === undefined && options.run && stale.length > 0) await execute(stale, sources, executions);
  const chapters = read();
  for (const one of chapters) refuseFailures(one, from !== undefined);
  for (const { name, stale: reason } of chapters)
    if (reason !== undefined) console.log(`${name} 的输出是以前保存的（${reason}），讲义里会注明`);
  return chapters;
}

function notebookIn(folder: string, name: string): Notebook | undefined {
  const file = join(folder, `${name}.ipynb`);
  return existsSync(file) ? parseNotebook(readFileSync(file, 'utf8'), name) : undefined;
}

function chapter(name: string, sources: string, executions: string, from: string | undefined): Chapter {
  const [source, executed] = [notebookIn(sources, name), notebookIn(executions, name)];
  const stale = whyStale(source, executed);
  const notebook = stale === undefined || from !== undefined ? executed : source;
  if (notebook === undefined) throw new RangeError(`Cannot make handout: expected ${name}, got no such file`);
  return { name, notebook, stale };
}

/** What speaks against taking `executed` for an execution of `source`; a notebook without a source is its own. */
export function whyStale(source: Notebook | undefined, executed: Notebook | undefined): string | undefined {
  if (executed === undefined) return '还没有执行过';
  if (source !== undefined && cellsOf(source) !== cellsOf(executed)) return '执行之后改过';
  const outcome = executed.metadata.tsdl?.outcome;
  if (outcome === undefined) return '没有 tsdl run 的执行记录';
  return outcome === 'passed' ? undefined : FAILED;
}

/** Everything of the cells that a reader writes. */
const cellsOf = ({ cells }: Notebook): string =>
  JSON.stringify(cells.map((cell) => [cell.cell_type, cell.metadata.tags ?? [], cellText(cell).trimEnd()]));

async function execute(stale: readonly Chapter[], sources: string, executions: string): Promise<void> {
  for (const { name, stale: reason } of stale) console.log(`先执行 ${name}：${reason}`);
  const code = await run([...stale.map(({ name }) => join(sources, `${name}.ipynb`)), '--out', executions]);
  if (code !== 0) throw new Error('没有写讲义：上面的笔记本没有全部执行成功');
}

/** A handout shows no failed cell, and none that was left out behind one. */
function refuseFailures({ name, notebook, stale }: Chapter, taken: boolean): void {
  const failed = notebook.cells.findIndex(
    (cell) =>
      (!hasTag(cell, 'raises-exception') || hasTag(cell, 'check')) &&
      cell.outputs?.some(({ output_type: type }) => type === 'error'),
  );
  if (failed >= 0) throw new Error(`没有写讲义：${name} 的第 ${failed + 1} 个单元出错`);
  if (taken && stale === FAILED) throw new Error(`没有写讲义：${name} ${FAILED}`);
}
