/** What the user entered, kept across sessions. One JSON line an entry; two kernels may append at once. */
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

import type { Json } from '../jupyter/wire';

interface Entry {
  /** Marks the kernel that wrote it; sessions are numbered in the order of their first entry. */
  readonly kernel: string;
  readonly line: number;
  readonly input: string;
}

type Row = [session: number, line: number, input: string];

/** Entries read back at start; older ones stay in the file. */
const MAX_ENTRIES = 5000;

/** What was typed, in this kernel and before, for the front-end's arrow keys. */
export class History {
  private readonly past: Row[];
  private readonly own: Row[] = [];
  private readonly session: number;

  constructor(
    private readonly kernel: string,
    private readonly file = historyFile(),
  ) {
    const entries = readEntries(file);
    const sessions = new Map<string, number>();
    this.past = entries.map(({ kernel: writer, line, input }) => {
      if (!sessions.has(writer)) sessions.set(writer, sessions.size + 1);
      return [sessions.get(writer) ?? 0, line, input];
    });
    this.session = sessions.size + 1;
  }

  add(line: number, input: string): void {
    this.own.push([this.session, line, input]);
    const entry: Entry = { kernel: this.kernel, line, input };
    try {
      mkdirSync(dirname(this.file), { recursive: true });
      appendFileSync(this.file, `${JSON.stringify(entry)}\n`);
    } catch {
      // No home to write to: this session's history still answers.
    }
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
    const pattern = glob(typeof content.pattern === 'string' ? content.pattern : '*');
    const found = all.filter(([, , input]) => pattern.test(input));
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
  const state = process.env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state');
  return join(state, 'tsdl', 'history.jsonl');
}

function readEntries(file: string): Entry[] {
  try {
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean).slice(-MAX_ENTRIES);
    return lines.flatMap((line) => {
      const entry = parse(line);
      return entry ? [entry] : [];
    });
  } catch {
    return [];
  }
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

function glob(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '[^]*')
    .replace(/\?/g, '[^]');
  return new RegExp(`^${source}$`);
}

function lastOfEach(rows: readonly Row[]): Row[] {
  const last = new Map(rows.map((row, at) => [row[2], at]));
  return rows.filter((row, at) => last.get(row[2]) === at);
}
