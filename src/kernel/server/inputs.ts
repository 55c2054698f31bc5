/** What the user entered, kept across sessions. One JSON line an entry; two kernels may append at once. */
import { homedir } from 'node:os';
import { join } from 'node:path';

import type { Json } from '../jupyter/wire';
import { globOf } from './glob';
import { KeptLines } from './kept-lines';

interface Entry {
  /** Marks the kernel that wrote it; sessions are numbered in the order of their first entry. */
  readonly kernel: string;
  readonly line: number;
  readonly input: string;
}

type Row = [session: number, line: number, input: string];

/** Entries that are remembered, of this session as of those before. */
const MAX_ENTRIES = 5000;
/** A longer input is data; no one goes through it by arrow keys. */
const MAX_CHARACTERS = 65_536;
/** Of the file, and about as much of this session's own. */
const MAX_BYTES = 2 ** 22;

/** What was typed, in this kernel and before, for the front-end's arrow keys. */
export class History {
  private readonly past: Row[];
  private readonly own: Row[] = [];
  private readonly session: number;
  private readonly file: KeptLines;
  private size = 0;

  constructor(
    private readonly kernel: string,
    file = historyFile(),
  ) {
    this.file = new KeptLines(file, { lines: MAX_ENTRIES, bytes: MAX_BYTES });
    const entries = this.file.read().flatMap((line) => parse(line) ?? []);
    const sessions = new Map<string, number>();
    this.past = entries.map(({ kernel: writer, line, input }) => {
      if (!sessions.has(writer)) sessions.set(writer, sessions.size + 1);
      return [sessions.get(writer) ?? 0, line, input];
    });
    this.session = sessions.size + 1;
  }

  add(line: number, input: string): void {
    if (input.length > MAX_CHARACTERS) return;
    this.own.push([this.session, line, input]);
    this.size += input.length;
    while (this.own.length > MAX_ENTRIES || this.size > MAX_BYTES)
      this.size -= this.own.shift()?.[2].length ?? 0;
    this.file.add(JSON.stringify({ kernel: this.kernel, line, input } satisfies Entry));
  }

  /** Rows for the content of a history_request, `[session, line, input]` each. */
  answer(content: Json): unknown[] {
    const rows = this.select(content);
    if (content.output !== true) return rows;
    return rows.map(([session, line, input]) => [session, line, [input, null]]);
  }

  private select(content: Json): Row[] {
    const all = [...this.past, ...this.own];
    const limit = typeof content.n === 'number' && content.n > 0 ? content.n : undefined;
    if (content.hist_access_type === 'tail') return all.slice(-(limit ?? 10));
    if (content.hist_access_type === 'range') return this.range(all, content);
    if (content.hist_access_type !== 'search') return [];
    const fits = globOf(typeof content.pattern === 'string' ? content.pattern : '*');
    const found = all.filter(([, , input]) => fits(input));
    const rows = content.unique === true ? lastOfEach(found) : found;
    return limit === undefined ? rows : rows.slice(-limit);
  }

  /** Session 0 is this one, a negative one counts back; `stop` is not included. */
  private range(all: readonly Row[], { session = 0, start = 0, stop }: Json): Row[] {
    const wanted = Number(session) <= 0 ? this.session + Number(session) : Number(session);
    const end = typeof stop === 'number' ? stop : Infinity;
    return all.filter(([in_, line]) => in_ === wanted && line >= Number(start) && line < end);
  }
}

function historyFile(): string {
  const state = process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state');
  return join(state, 'tsdl', 'history.jsonl');
}

function parse(line: string): Entry | undefined {
  try {
    const { kernel, line: number, input } = JSON.parse(line) as Partial<Entry>;
    const whole = typeof kernel === 'string' && typeof number === 'number' && typeof input === 'string';
    return whole ? { kernel, line: number, input } : undefined;
  } catch {
    return undefined; // a line that another kernel is still writing
  }
}

function lastOfEach(rows: readonly Row[]): Row[] {
  const last = new Map(rows.map((row, at) => [row[2], at]));
  return rows.filter((row, at) => last.get(row[2]) === at);
}
