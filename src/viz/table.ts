/**
 * Tables: records as HTML in a notebook, as aligned text elsewhere.
 */
import type { MimeBundle } from '../helpers/host';
import { DISPLAY } from './chart';

export type Cell = string | number;

export interface TableOptions {
  title?: string;
  /** A line below, such as a total. */
  note?: string;
}

/** Longest table shown whole; of a longer one the beginning and the end. */
const MAX_ROWS = 200;
const SHOWN = { first: 100, last: 20 };

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Columns a text takes in a terminal: two for each Chinese character. */
function columns(text: string): number {
  let sum = 0;
  for (const character of text)
    sum += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/.test(character)
      ? 2
      : 1;
  return sum;
}

export class Table {
  constructor(
    readonly head: readonly string[],
    readonly rows: readonly (readonly Cell[])[],
    readonly options: TableOptions = {},
  ) {
    rows.forEach((row, i) => {
      if (row.length !== head.length) {
        throw new RangeError(
          `Cannot make table: expected ${head.length} cells a row, got ${row.length} in row ${i}`,
        );
      }
    });
  }

  /** The rows that are shown, a row of dots in the place of those that are not. */
  private shown(): readonly (readonly Cell[])[] {
    const { rows, head } = this;
    if (rows.length <= MAX_ROWS) return rows;
    return [...rows.slice(0, SHOWN.first), head.map(() => '…'), ...rows.slice(-SHOWN.last)];
  }

  private get note(): string {
    const { rows, options } = this;
    const cut = `共 ${rows.length.toLocaleString('en')} 行，只列前 ${SHOWN.first} 行和后 ${SHOWN.last} 行`;
    return [options.note, rows.length > MAX_ROWS ? cut : ''].filter(Boolean).join('；');
  }

  /** Numbers, and texts that begin with one, are set right. */
  private rightOf(column: number): boolean {
    return (
      this.rows.length > 0 &&
      this.rows.every(
        (row) =>
          typeof row[column] === 'number' || /^[-+]?\d/.test(String(row[column])) || row[column] === '',
      )
    );
  }

  toString(): string {
    const texts = [this.head, ...this.shown().map((row) => row.map(String))];
    const widths = this.head.map((_, i) => Math.max(...texts.map((row) => columns(row[i] ?? ''))));
    const line = (row: readonly string[]) =>
      row
        .map((text, i) => {
          const fill = ' '.repeat((widths[i] ?? 0) - columns(text));
          return this.rightOf(i) ? fill + text : text + fill;
        })
        .join('  ')
        .trimEnd();
    const { note } = this;
    const { title } = this.options;
    const body = [line(texts[0] ?? []), line(widths.map((w) => '─'.repeat(w))), ...texts.slice(1).map(line)];
    return [...(title ? [title] : []), ...body, ...(note ? [note] : [])].join('\n');
  }

  html(): string {
    const align = (i: number) => `style="text-align:${this.rightOf(i) ? 'right' : 'left'}"`;
    const cells = (tag: string, row: readonly Cell[]) =>
      `<tr>${row.map((cell, i) => `<${tag} ${align(i)}>${escape(String(cell))}</${tag}>`).join('')}</tr>`;
    const { note } = this;
    const { title } = this.options;
    const caption = title
      ? `<caption style="text-align:left;font-weight:bold">${escape(title)}</caption>`
      : '';
    const below = note ? `<p style="margin:2px 0">${escape(note)}</p>` : '';
    return `<table>${caption}<thead>${cells('th', this.head)}</thead><tbody>${this.shown()
      .map((row) => cells('td', row))
      .join('')}</tbody></table>${below}`;
  }

  bundle(): MimeBundle {
    return { 'text/html': this.html(), 'text/plain': this.toString() };
  }

  [DISPLAY](): MimeBundle {
    return this.bundle();
  }
}

/**
 * A table of records; columns are the keys of the first one unless named.
 * @example show(table([{ 层: 'fc1', 参数: 512 }, { 层: 'fc2', 参数: 128 }]));
 */
export function table(records: readonly Readonly<Record<string, Cell>>[], options: TableOptions = {}): Table {
  const [first] = records;
  if (!first) throw new RangeError('Cannot make table: expected at least one record, got 0');
  const head = Object.keys(first);
  return new Table(
    head,
    records.map((record) => head.map((key) => record[key] ?? '')),
    options,
  );
}
