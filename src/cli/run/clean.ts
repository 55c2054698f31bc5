/** Outputs as they may be committed: kinds and sizes that GitHub shows, nothing that changes from run to run. */
import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';

import { PROJECT } from '../../engine/backend/paths';
import { writeAtomically } from '../../helpers/files/file';
import { toPng } from '../../viz/drawing/render';
import type { JobNotebook } from './driver';
import { enclosed } from './enclosed';
import { baseName } from './jobs';
import { formatNotebook, type Notebook, parseNotebook } from './notebook';

/** Longest text of one output, in lines; more is cut in the middle. */
export const MAX_TEXT_LINES = 20;
/** Largest picture of one output, in bytes of the notebook. */
const MAX_PICTURE_BYTES = 160_000;
/** Largest picture kept with four pixels per point of the page. */
const MAX_SHARP_BYTES = 90_000;
/** Largest committed notebook, in bytes. */
const MAX_NOTEBOOK_BYTES = 700_000;
/** Cells whose output differs from run to run (times, addresses) are committed without it. */
const VOLATILE_TAG = 'volatile';

type Output = Record<string, unknown>;
type Bundle = Readonly<Record<string, unknown>>;

const textOf = (value: unknown): string =>
  Array.isArray(value) ? value.join('') : typeof value === 'string' ? value : '';

/** Text without terminal colours and without the folder in which the project happens to lie. */
export const plain = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- colours are control characters
  text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, '').replaceAll(PROJECT, '.');

/** nbformat's form of a long text: its lines with their newlines. */
const lines = (text: string): string[] => text.split(/(?<=\n)/);

/** Keeps the beginning and the end of a text that is too long. */
function shortened(text: string): string[] {
  const all = lines(plain(text));
  if (all.length <= MAX_TEXT_LINES) return all;
  const [head, tail] = [all.slice(0, MAX_TEXT_LINES - 8), all.slice(-7)];
  return [...head, `…（省略 ${all.length - head.length - tail.length} 行）\n`, ...tail];
}

/**
 * A picture as it is kept. One that holds pixels is a PNG: in an SVG they are left out by GitHub, and by JupyterLab
 * until the reader runs the cell; the others stay drawings, sharp at any size.
 */
function picture(data: Bundle): Bundle {
  const svg = plain(textOf(data['image/svg+xml']));
  if (svg.includes('<image')) {
    const sharp = textOf(data['image/png']);
    const png = sharp.length <= MAX_SHARP_BYTES ? sharp : toPng(svg, 1).toString('base64');
    if (png !== '' && png.length <= MAX_PICTURE_BYTES) return { 'image/png': png };
  }
  return svg === '' || Buffer.byteLength(svg) > MAX_PICTURE_BYTES ? {} : { 'image/svg+xml': lines(svg) };
}

/**
 * A table as it is kept: in text its columns stand below one another only where a Chinese letter is as wide as two
 * others, which is so in a terminal and in no browser. A long one stays text, which is cut.
 */
function tableHtml(data: Bundle): Bundle {
  const html = plain(textOf(data['text/html']));
  const isShort = lines(textOf(data['text/plain'])).length <= MAX_TEXT_LINES;
  return html.startsWith('<table') && isShort ? { 'text/html': lines(html) } : {};
}

/** The kinds GitHub shows: the picture if it is small enough, or the table, and the text. */
function cleanBundle(data: Bundle): Bundle {
  const drawn = picture(data);
  const shown = Object.keys(drawn).length > 0 ? drawn : tableHtml(data);
  const text = data['text/plain'];
  return { ...shown, ...(text === undefined ? {} : { 'text/plain': shortened(textOf(text)) }) };
}

/** A PNG's size on the page: it has more pixels than that. */
function sizes(data: Bundle, metadata: unknown): Bundle {
  const { width, height } = ((metadata as Bundle)['image/png'] ?? {}) as Record<string, unknown>;
  return data['image/png'] === undefined || width === undefined ? {} : { 'image/png': { height, width } };
}

/**
 * What an output with times in it says it may be replaced by, a text or more than one form (see viz/training.ts);
 * nothing, if that is empty.
 */
function committed({ metadata }: Output): Bundle | undefined {
  const { committed: instead } = ((metadata ?? {}) as { tsdl?: { committed?: string | Bundle } }).tsdl ?? {};
  if (instead === '') return {};
  if (instead === undefined) return undefined;
  return cleanBundle(typeof instead === 'string' ? { 'text/plain': instead } : instead);
}

function cleanOutput(output: Output): Output[] {
  switch (output.output_type) {
    case 'stream':
      if (output.name !== 'stdout') return [];
      return [{ name: 'stdout', output_type: 'stream', text: shortened(textOf(output.text)) }];
    case 'error': {
      const traceback = (output.traceback as string[]).map(plain);
      return [{ ...output, evalue: plain(textOf(output.evalue)), traceback }];
    }
    default: {
      const data = committed(output) ?? cleanBundle((output.data ?? {}) as Bundle);
      return Object.keys(data).length === 0
        ? []
        : [{ ...output, data, metadata: sizes(data, output.metadata ?? {}) }];
    }
  }
}

/**
 * Returns a notebook's text as it is committed: the source of `original`, the outputs of `executed`. Where a run in
 * the same profile printed what is there already, the notebook stays as it is, its stamp included: a second run
 * changes no file.
 *
 * @param stamp facts about the run, kept in the notebook's metadata (times belong there and nowhere else)
 * @throws RangeError if the outputs are too large to commit
 */
export function withOutputs(
  original: string,
  executed: string,
  name: string,
  stamp: Record<string, unknown>,
): string {
  const notebook = parseNotebook(original, name);
  const ran = parseNotebook(executed, name);
  const { lastRun } = (notebook.metadata.tsdl ?? {}) as { lastRun?: Record<string, unknown> };
  notebook.cells.forEach((cell, index) => {
    if (cell.cell_type !== 'code') return;
    const volatile = cell.metadata.tags?.includes(VOLATILE_TAG) ?? false;
    cell.outputs = volatile ? [] : outputsOf(ran, index).flatMap(cleanOutput);
  });
  const same = formatNotebook(JSON.stringify(notebook), name) === formatNotebook(original, name);
  if (same && lastRun?.profile === stamp.profile) return original;
  notebook.metadata.tsdl = { ...notebook.metadata.tsdl, lastRun: stamp };
  const text = formatNotebook(JSON.stringify(notebook), name);
  if (Buffer.byteLength(text) > MAX_NOTEBOOK_BYTES) {
    throw new RangeError(
      `Cannot write outputs into "${name}": expected at most ${MAX_NOTEBOOK_BYTES} bytes, ` +
        `got ${Buffer.byteLength(text)}; print or draw less`,
    );
  }
  return text;
}

/**
 * Puts the outputs of an executed notebook into the notebook itself.
 * @throws RangeError if they are too large to commit, or for a link into another folder: whoever handed it in chose the file
 */
export function writeOutputs({ path, out }: JobNotebook, stamp: Record<string, unknown>): void {
  if (enclosed(dirname(path), basename(path)) === undefined)
    throw new RangeError(
      `Cannot write outputs into "${baseName(path)}": expected a file of its folder, got a link to ${realpathSync(path)}`,
    );
  const [original = '', executed = ''] = [path, out].map((file) => readFileSync(file, 'utf8'));
  writeAtomically(path, withOutputs(original, executed, baseName(path), stamp));
}

const outputsOf = (notebook: Notebook, index: number): Output[] => notebook.cells[index]?.outputs ?? [];
