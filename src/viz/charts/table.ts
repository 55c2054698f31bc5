/**
 * Tables: records as HTML in a notebook, as aligned text elsewhere.
 */
import width from 'string-width';

import { say } from '../../../bin/bootstrap/language';
import type { MimeBundle } from '../../helpers/notebook/host';
import { DISPLAY } from '../drawing/chart';
import { escapeHtml } from '../drawing/outline';

/** What stands in a cell; numbers are set right. */
export type Cell = string | number;

/** What stands above and below a table. */
export interface TableOptions {
  title?: string;
  /** A line below, such as a total. */
  note?: string;
}

/** Longest table shown whole; of a longer one the beginning and the end. */
const MAX_ROWS = 200;
const SHOWN = { first: 100, last: 20 };

/** A table, as HTML in a notebook and as aligned text elsewhere; `show` it, or make it a cell's last value. */
export class Table {
  /** @throws RangeError unless every row has a cell for each column */
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

  /** Which columns are set right: those of numbers, and of texts that begin with one. */
  private right(): boolean[] {
    const numeric = (cell: Cell | undefined) =>
      typeof cell === 'number' || /^([-+]?\d|…$|$)/.test(cell ?? '');
    return this.head.map((_, i) => this.rows.length > 0 && this.rows.every((row) => numeric(row[i])));
  }

  /** Columns aligned by spaces. */
  toString(): string {
    const texts = [this.head, ...this.rows.map((row) => row.map(String))];
    const widths = this.head.map((_, i) => Math.max(...texts.map((row) => width(row[i] ?? ''))));
    const right = this.right();
    const line = (row: readonly string[]) =>
      row
        .map((text, i) => {
          const fill = ' '.repeat((widths[i] ?? 0) - width(text));
          return right[i] ? fill + text : text + fill;
        })
        .join('  ')
        .trimEnd();
    const { title, note } = this.options;
    const body = [line(texts[0] ?? []), line(widths.map((w) => '─'.repeat(w))), ...texts.slice(1).map(line)];
    return [...(title ? [title] : []), ...body, ...(note ? [note] : [])].join('\n');
  }

  /** The table as HTML, as JupyterLab shows it. */
  html(): string {
    const right = this.right();
    const align = (i: number) => `style="text-align:${right[i] ? 'right' : 'left'}"`;
    const cells = (tag: string, row: readonly Cell[]) =>
      `<tr>${row.map((cell, i) => `<${tag} ${align(i)}>${escapeHtml(String(cell))}</${tag}>`).join('')}</tr>`;
    const { title, note } = this.options;
    const caption = title
      ? `<caption style="text-align:left;font-weight:bold">${escapeHtml(title)}</caption>`
      : '';
    const below = note ? `<p style="margin:2px 0">${escapeHtml(note)}</p>` : '';
    const rows = this.rows.map((row) => `${cells('td', row)}\n`).join('');
    return `<table>${caption}<thead>${cells('th', this.head)}</thead>\n<tbody>\n${rows}</tbody></table>${below}`;
  }

  /** The table in all its forms, by MIME type. */
  bundle(): MimeBundle {
    return { 'text/html': this.html(), 'text/plain': this.toString() };
  }

  /** @internal The protocol between charts and kernels. */
  [DISPLAY](): MimeBundle {
    return this.bundle();
  }
}

/** A table with a row for each record; of very many only the beginning and the end, which its note says. */
export function tableOf<T>(
  head: readonly string[],
  records: readonly T[],
  toRow: (record: T) => readonly Cell[],
  options: TableOptions = {},
): Table {
  if (records.length <= MAX_ROWS) return new Table(head, records.map(toRow), options);
  const { first, last } = SHOWN;
  const rows = [
    ...records.slice(0, first).map(toRow),
    head.map(() => '…'),
    ...records.slice(-last).map(toRow),
  ];
  const cut = say({
    zh: `共 ${records.length.toLocaleString('en')} 行，只列前 ${first} 行和后 ${last} 行`,
    en: `the first ${first} and last ${last} of ${records.length.toLocaleString('en')} rows`,
  });
  return new Table(head, rows, {
    ...options,
    note: options.note ? say({ zh: `${options.note}；${cut}`, en: `${options.note}; ${cut}` }) : cut,
  });
}

/**
 * A table of records; columns are the keys of the first one unless named.
 * @throws RangeError if there is no record
 * @example show(table([{ layer: 'fc1', parameters: 512 }, { layer: 'fc2', parameters: 128 }]));
 */
export function table(records: readonly Readonly<Record<string, Cell>>[], options: TableOptions = {}): Table {
  const [first] = records;
  if (!first) throw new RangeError('Cannot make table: expected at least one record, got 0');
  const head = Object.keys(first);
  return tableOf(head, records, (record) => head.map((key) => record[key] ?? ''), options);
}
