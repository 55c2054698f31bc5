/** One notebook as a section of the handout: prose, code, printed output and charts. */
import width from 'string-width';

import type { Text } from '../../../bin/bootstrap/language';
import { plain } from '../run/clean';
import { cellText, hasTag, type NotebookCell } from '../run/notebook';
import type { Chapter } from './chapters';
import { highlight } from './highlight';
import { escapeHtml, type Prose } from './markdown';
import { sanitized } from './sanitized';

/** For students, without solutions, or with them. */
export type Edition = 'student' | 'solution';

/** A section of the handout as HTML. */
export interface Section {
  /** Anchor in the document: see `anchorOf`. */
  readonly id: string;
  readonly title: string;
  readonly html: string;
  /** Why its outputs are not those of its cells now; undefined where they are. */
  readonly stale: Text | undefined;
  /** `##` headings with their anchors. */
  readonly parts: readonly { readonly id: string; readonly title: string }[];
}

/** A notebook's anchor: its name, in the letters that a PDF's destinations may have. */
export const anchorOf = (name: string): string => name.replaceAll('/', '-');

/** Lays out a notebook without the limits that are for the runner; the student edition leaves solutions out and room to write in. */
export function section(
  { name, notebook, stale }: Chapter,
  prose: Prose,
  edition: Edition,
  idOf: (link: string) => string | undefined,
): Section {
  const anchor = anchorOf(name);
  const leftOut = edition === 'student' ? ['bound', 'solution'] : ['bound'];
  const cells = notebook.cells.filter((cell) => !leftOut.some((tag) => hasTag(cell, tag)));
  const body = cells.map((cell) =>
    cell.cell_type === 'markdown' ? prose.html(cellText(cell), idOf) : codeHtml(cell, edition),
  );
  const parts: { id: string; title: string }[] = [];
  const html = body.join('\n').replace(/<h2>([\s\S]*?)<\/h2>/g, (_, text: string) => {
    const id = `${anchor}-s${parts.length + 1}`;
    parts.push({ id, title: text.replace(/<[^>]+>/g, '') });
    return `<h2 id="${id}">${text}</h2>`;
  });
  const title = /<h1>([\s\S]*?)<\/h1>/.exec(html)?.[1]?.replace(/<[^>]+>/g, '') ?? name;
  const note = stale === undefined ? '' : `\n<p class="stale">本节的输出是以前保存的（${stale.zh}）。</p>`;
  const headed = html.replace(
    /<h1>([\s\S]*?<\/h1>)/,
    (_, rest: string) => `<h1 id="${anchor}">${rest}${note}`,
  );
  return { id: anchor, title, parts, stale, html: headed };
}

/** Four lines; drawn as a background, a printer leaves some of them out. */
const ROOM_TO_WRITE = `<div class="room">${'<i></i>'.repeat(4)}</div>`;

/** What stays on the page of its cell. */
const KEPT = /^<(pre class="output brief"|div class="room")/;

function codeHtml(cell: NotebookCell, edition: Edition): string {
  const kind = ['exercise', 'solution', 'check'].find((tag) => hasTag(cell, tag)) ?? '';
  const code = `<pre class="code ${kind}"><code>${highlight(cellText(cell), 'ts') || escapeHtml(cellText(cell))}</code></pre>`;
  // The outputs of an exercise come from its solution: the student's edition must not give them away.
  const hidden = edition === 'student' && kind !== '';
  const room = edition === 'student' && kind === 'exercise' ? ROOM_TO_WRITE : '';
  const outputs = hidden ? [] : (cell.outputs ?? []).map(outputHtml).filter((html) => html !== '');
  const [first = '', ...others] = room ? [room, ...outputs] : outputs;
  return (KEPT.test(first) ? `<div class="kept">${code}${first}</div>` : code + first) + others.join('');
}

/** A text/plain string or list of strings, as nbformat stores them. */
const joined = (value: unknown): string => (Array.isArray(value) ? value.join('') : String(value));

function outputHtml(output: Record<string, unknown>): string {
  if (output.output_type === 'stream') return printed(joined(output.text));
  if (output.output_type === 'error') return printed(`${String(output.ename)}: ${String(output.evalue)}`);
  const data = (output.data ?? {}) as Record<string, unknown>;
  if (data['image/svg+xml'] !== undefined)
    return `<figure class="chart">${chart(joined(data['image/svg+xml']))}</figure>`;
  const image = data['image/png'];
  if (image !== undefined) {
    const url = `data:image/png;base64,${joined(image).replace(/[^A-Za-z0-9+/=]/g, '')}`;
    const alt = escapeHtml(joined(data['text/plain'] ?? ''));
    return `<figure class="chart"><img src="${url}"${widthOf(output)} alt="${alt}"></figure>`;
  }
  if (data['text/html'] !== undefined) return table(data);
  return data['text/plain'] === undefined ? '' : printed(joined(data['text/plain']));
}

/** What a line of a table in HTML has room for, in signs of its text, and the letters' size in points then. */
const TABLE = { room: 90, letters: 8.5, smallest: 6 };

/** A table, whose cells stay lines where smaller letters make that possible. */
function table(data: Record<string, unknown>): string {
  const widest = widestOf(joined(data['text/plain'] ?? ''));
  const size = (TABLE.letters * TABLE.room) / Math.max(widest, TABLE.room);
  const kind = size < TABLE.smallest ? 'html' : 'html lines';
  const small =
    size < TABLE.letters ? ` style="font-size: ${Math.max(size, TABLE.smallest).toFixed(1)}pt"` : '';
  return `<div class="${kind}"${small}>${sanitized(plain(joined(data['text/html'])))}</div>`;
}

/** A PNG's width on the page, where the notebook says it: it has more pixels than that. */
function widthOf({ metadata }: Record<string, unknown>): string {
  const { 'image/png': size } = (metadata ?? {}) as { 'image/png'?: { width?: unknown } };
  return typeof size?.width === 'number' ? ` width="${size.width}"` : '';
}

let charts = 0;

/** Charts from Vega name their clip paths and gradients alike: each gets names of its own. */
function chart(svg: string): string {
  const prefix = `c${++charts}-`;
  return sanitized(svg.replace(/<\?xml[^>]*>|<!DOCTYPE[^>]*>/g, ''))
    .replace(/\bid="([^"]+)"/g, `id="${prefix}$1"`)
    .replace(/url\((["']?)#([^)"']+)\1\)/g, `url(#${prefix}$2)`)
    .replace(/href="#([^"]+)"/g, `href="#${prefix}$1"`);
}

/** Signs that take two columns in a terminal, and in the tables that are printed for one. */
const WIDE = /[\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]+/g;

/** The signs that a line of a page has room for, and the letters' size in points then: see stylesheet.ts. */
const [ROOM, LETTERS] = [100, 7.6];

const widestOf = (text: string): number =>
  Math.max(
    ...plain(text)
      .split('\n')
      .map((line) => width(line)),
  );

/** Most lines of an output that stays on the page of its cell: see `KEPT`. */
const BRIEF = 8;

function printed(text: string): string {
  const shown = escapeHtml(plain(text).trimEnd());
  if (shown === '') return '';
  const kind = shown.split('\n').length <= BRIEF ? 'output brief' : 'output';
  if (!/^─/m.test(shown)) return `<pre class="${kind}">${shown}</pre>`;
  // only in a table does a column have to stand below another, and a line to stay one
  const widest = widestOf(text);
  const small = widest > ROOM ? ` style="font-size: ${((LETTERS * ROOM) / widest).toFixed(1)}pt"` : '';
  return `<pre class="${kind}"${small}>${shown.replace(WIDE, '<span class="wide">$&</span>')}</pre>`;
}
