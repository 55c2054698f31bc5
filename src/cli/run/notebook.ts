/**
 * The one form a committed notebook has: fixed cell ids, sorted keys, one source line per JSON line,
 * 1-space indent, no execution counts, no editor metadata, a newline at the end.
 */
import { languageInfo } from '../../kernel/server/info';
import { KERNEL, KERNEL_TITLE } from '../../setup/kernelspec';

/** A cell of an nbformat 4.5 notebook; `source` may come as one string or as lines. */
export interface NotebookCell {
  cell_type: 'markdown' | 'code' | 'raw';
  id?: string;
  metadata: { tags?: string[]; jupyter?: { source_hidden?: boolean }; [key: string]: unknown };
  source: string | string[];
  outputs?: Record<string, unknown>[];
  execution_count?: number | null;
  attachments?: Record<string, unknown>;
}

/** An nbformat 4.5 notebook. `metadata.tsdl` is the runner's: when, where and how long the last run took. */
export interface Notebook {
  cells: NotebookCell[];
  metadata: { tsdl?: Record<string, unknown>; [key: string]: unknown };
  nbformat: number;
  nbformat_minor: number;
}

/** A notebook's kernel and language in the words of the kernel's own, so that opening it changes nothing. */
export const kernelMetadata = (kernel = KERNEL) => ({
  kernelspec: { display_name: KERNEL_TITLE, language: 'typescript', name: kernel },
  language_info: languageInfo(),
});

/** The cell's text, whatever form it is stored in. */
export function cellText(cell: NotebookCell): string {
  return typeof cell.source === 'string' ? cell.source : cell.source.join('');
}

/** Whether a cell carries a tag. */
export const hasTag = (cell: NotebookCell, tag: string): boolean =>
  cell.metadata.tags?.includes(tag) ?? false;

/**
 * Returns the canonical text of a notebook.
 *
 * @param json the notebook's file content
 * @param name file name without `.ipynb`; new cells get ids `name-01`, `name-02`, …; ids of that form stay
 * @throws SyntaxError when the text is not a notebook of nbformat 4
 */
export function formatNotebook(json: string, name: string): string {
  const notebook = parseNotebook(json, name);
  const ids = fixedIds(notebook.cells, name);
  const cells = notebook.cells.map((cell, i) => canonicalCell(cell, ids[i] ?? ''));
  const kept = notebook.metadata.tsdl ? { tsdl: notebook.metadata.tsdl } : {};
  const canonical = { cells, metadata: { ...kernelMetadata(), ...kept }, nbformat: 4, nbformat_minor: 5 };
  return JSON.stringify(sortKeys(canonical), null, 1) + '\n';
}

/** Reads a notebook's JSON. @throws SyntaxError when it is none */
export function parseNotebook(json: string, name: string): Notebook {
  const refuse = (got: string): never => {
    throw new SyntaxError(`Cannot read notebook ${name}: expected nbformat 4 with cells, got ${got}`);
  };
  let notebook: Partial<Notebook> | null = null;
  try {
    notebook = JSON.parse(json) as Partial<Notebook> | null;
  } catch (error) {
    refuse(`no JSON (${(error as Error).message})`);
  }
  if (notebook?.nbformat !== 4 || !Array.isArray(notebook.cells)) refuse(`nbformat ${notebook?.nbformat}`);
  const metadata: unknown = notebook?.metadata ?? {};
  if (!isRecord(metadata) || !isRecord(metadata.tsdl ?? {})) refuse('metadata that are no object');
  else if (!isRecord(metadata.kernelspec ?? {})) refuse('a kernelspec that is no object');
  else if (
    typeof (metadata.kernelspec as { name?: unknown } | undefined)?.name !== 'string' &&
    metadata.kernelspec
  )
    refuse('a kernelspec without a name');
  (notebook?.cells as unknown[]).forEach((cell, i) => {
    const fault = cellFault(cell);
    if (fault !== undefined) refuse(`cell ${i + 1} with ${fault}`);
  });
  return { ...notebook, metadata } as Notebook;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean =>
  typeof value === 'string' || (Array.isArray(value) && value.every((line) => typeof line === 'string'));

/** What of a cell is not as nbformat has it; what nbformat does not know may be there. */
function cellFault(cell: unknown): string | undefined {
  if (!isRecord(cell)) return 'no properties';
  const { cell_type: type, source, id, metadata, outputs = [], attachments = {} } = cell;
  if (type !== 'code' && type !== 'markdown' && type !== 'raw')
    return `cell_type ${String(JSON.stringify(type))}`;
  if (!isText(source)) return 'a source that is no text';
  if (id !== undefined && typeof id !== 'string') return 'an id that is no string';
  if (!isRecord(metadata)) return 'metadata that are no object';
  const { tags = [], jupyter = {} } = metadata;
  if (!Array.isArray(tags) || !isText(tags)) return 'tags that are no strings';
  if (!isRecord(jupyter) || !isRecord(attachments)) return 'metadata or attachments that are no object';
  if (!Array.isArray(outputs)) return 'outputs that are no list';
  return outputs.map(outputFault).find((fault) => fault !== undefined);
}

/** What of an output is not as nbformat has it. */
function outputFault(output: unknown): string | undefined {
  if (!isRecord(output) || typeof output.output_type !== 'string') return 'an output without a type';
  const { output_type: type, text, traceback, data = {}, metadata = {} } = output;
  if (type === 'stream') return isText(text) ? undefined : 'printed text that is no text';
  if (type === 'error')
    return Array.isArray(traceback) && isText(traceback) ? undefined : 'a traceback of no strings';
  return isRecord(data) && isRecord(metadata) ? undefined : 'an output whose data are no object';
}

function canonicalCell(cell: NotebookCell, id: string): Record<string, unknown> {
  const { tags, jupyter } = cell.metadata;
  const metadata = {
    ...(tags?.length ? { tags } : {}),
    ...(jupyter?.source_hidden ? { jupyter: { source_hidden: true } } : {}),
  };
  const common = { cell_type: cell.cell_type, id, metadata, source: sourceLines(cellText(cell)) };
  if (cell.cell_type !== 'code') {
    return cell.attachments ? { ...common, attachments: cell.attachments } : common;
  }
  return { ...common, execution_count: null, outputs: (cell.outputs ?? []).map(withoutCount) };
}

function withoutCount(output: Record<string, unknown>): Record<string, unknown> {
  return 'execution_count' in output ? { ...output, execution_count: null } : output;
}

/** Lines with their newline, trailing blanks removed, no newline after the last: nbformat's own form. */
function sourceLines(text: string): string[] {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd());
  if (lines.length === 1 && lines[0] === '') return [];
  return lines.map((line, i) => (i < lines.length - 1 ? line + '\n' : line));
}

/** Ids of the form `name-NN` stay when they are unique; every other cell gets the next free number. */
function fixedIds(cells: readonly NotebookCell[], name: string): string[] {
  const number = (id: string | undefined) => Number(/-(\d+)$/.exec(id ?? '')?.[1] ?? 0);
  const seen = new Set<string>();
  const kept = cells.map(({ id }) => {
    const fits = id !== undefined && id === `${name}-${pad(number(id))}` && !seen.has(id);
    if (fits) seen.add(id);
    return fits ? id : undefined;
  });
  let last = Math.max(0, ...kept.map(number));
  return kept.map((id) => id ?? `${name}-${pad(++last)}`);
}

const pad = (n: number) => String(n).padStart(2, '0');

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}
