/** What is seen while notebooks run: one living line on a terminal, a line now and then elsewhere. */
import width from 'string-width';

import { say } from '../../../bin/bootstrap/language';
import { visibleInLine } from '../../../bin/bootstrap/visible';
import { duration, kindText, type NotebookReport } from './report';

/** The terminal, or what stands for one. */
export interface ScreenOptions {
  readonly tty: boolean;
  readonly columns: number;
  readonly write: (text: string) => void;
  /** Seconds since some fixed moment. */
  readonly now: () => number;
}

/** Elsewhere than on a terminal, cells that took at least this long get a line of their own, in seconds. */
const LONG_CELL = 5;
/** … and a cell that is still running is mentioned this often, in seconds. */
const HEARTBEAT = 30;

/** Cuts a text to the columns of the terminal. */
export function fit(text: string, columns: number): string {
  let out = '';
  for (const c of text) {
    if (width(out + c) > columns - 1) return `${out}…`;
    out += c;
  }
  return out;
}

/** Shows the progress of a run. */
export class Screen {
  private place = '';
  private name = '';
  private codeCells: readonly number[] = [];
  private done = 0;
  private notebookStart = 0;
  private cellStart = 0;
  private lastBeat = 0;
  private output = '';
  private expected: number | undefined;

  constructor(
    private readonly total: number,
    private readonly options: ScreenOptions,
  ) {}

  /** @param expected seconds the notebook took last time, if known */
  startNotebook(
    name: string,
    position: number,
    cells: readonly boolean[],
    expected: number | undefined,
  ): void {
    this.name = visibleInLine(name);
    this.place = `[${position}/${this.total}]`;
    this.codeCells = cells.flatMap((code, index) => (code ? [index] : []));
    this.done = 0;
    this.expected = expected;
    this.output = '';
    this.notebookStart = this.cellStart = this.lastBeat = this.options.now();
    if (!this.options.tty)
      this.line(
        say({
          zh: `${this.place} ${this.name}  ${this.codeCells.length} 个单元${this.left()}`,
          en: `${this.place} ${this.name}  ${this.codeCells.length} cells${this.left()}`,
        }),
      );
    this.draw();
  }

  startCell(): void {
    this.cellStart = this.lastBeat = this.options.now();
    this.output = '';
    this.draw();
  }

  endCell(seconds: number): void {
    this.done++;
    if (!this.options.tty && seconds >= LONG_CELL)
      this.line(`  ${this.cell(this.done)}  ${duration(seconds)}`);
    this.draw();
  }

  /** The last line that the running cell printed. */
  showOutput(text: string): void {
    this.output = visibleInLine(text);
    this.draw();
  }

  endNotebook(entry: NotebookReport): void {
    const mark = entry.status === 'passed' ? '✓' : '✗';
    const facts = [
      duration(entry.seconds),
      entry.device,
      entry.peakMB === null ? null : `${entry.peakMB} MB`,
    ];
    const why = entry.error === null ? '' : `  ${kindText(entry.error.kind)}`;
    this.clear();
    this.line(
      visibleInLine(
        `${mark} ${this.place} ${entry.notebook}  ${facts.filter((fact) => fact !== null).join('  ')}${why}`,
      ),
    );
    this.name = '';
  }

  /** Redraws the living line; call it about once a second. */
  draw(): void {
    if (this.name === '') return;
    const now = this.options.now();
    const cell = `${this.cell(this.done + 1)}  ${duration(now - this.cellStart)}`;
    if (this.options.tty) {
      const text = `${this.place} ${this.name}  ${cell}${this.left()}  ${this.output}`;
      this.options.write(`\r\x1b[K${fit(text, this.options.columns)}`);
    } else if (now - this.lastBeat >= HEARTBEAT) {
      this.lastBeat = now;
      this.line(`  ${cell}${this.left()}  ${this.output}`.trimEnd());
    }
  }

  /** Removes the living line, so that other text can be written. */
  clear(): void {
    if (this.options.tty) this.options.write('\r\x1b[K');
  }

  private line(text: string): void {
    this.options.write(`${text}\n`);
  }

  private cell(number: number): string {
    return say({
      zh: `单元 ${Math.min(number, this.codeCells.length)}/${this.codeCells.length}`,
      en: `cell ${Math.min(number, this.codeCells.length)}/${this.codeCells.length}`,
    });
  }

  /** Time left by what the notebook took last time, or else by the pace of its cells so far. */
  private left(): string {
    const elapsed = this.options.now() - this.notebookStart;
    const pace = this.done > 0 ? (elapsed / this.done) * this.codeCells.length : undefined;
    const total = this.expected ?? pace;
    return total === undefined || total <= elapsed
      ? ''
      : say({ zh: `  约剩 ${duration(total - elapsed)}`, en: `  about ${duration(total - elapsed)} left` });
  }
}
