/** The notebook's language state: what earlier cells declared, and how the next cell compiles against it. */
import type ts from 'typescript';

import { cellText } from '../compiler/cell-text';
import { refuseDeep, TooDeepError } from '../compiler/nesting';
import { type Declared as Declaration, definitions, signatures } from '../compiler/queries';
import type { Bundle, CompiledCell, CompileResult, Completion, Diagnostic } from '../link/messages';
import { keepEarlier } from './declarations';
import { hoverBundle } from './hover';
import { type Signatures, signaturesOf } from './signature-help';
import type { Converted, Converter, Language, TslabDiagnostic } from './tslab';

/** Characters of declarations that TypeScript reads in a millisecond or two. */
const MUCH = 4096;

/** A cell as its author sees it while typing. */
export interface Look {
  readonly diagnostics: readonly Diagnostic[];
  /** What the cells below it know, as {@link Session.restore} takes it. */
  readonly declarations: string;
}

/** What {@link Session.declarations} says. */
interface Declared {
  readonly ambient?: string;
  readonly names?: string;
}

/** One notebook's session; requests are answered one after the other. */
export class Session {
  private converter: Converter;
  /** Declarations of earlier cells that have not settled. */
  private earlier = '';
  private settleAt: number;
  private pending: string | undefined;

  /** @param much Characters of declarations after which they settle. */
  constructor(
    private readonly language: Language,
    private readonly much = MUCH,
  ) {
    this.settleAt = much;
    this.converter = language.createConverter();
  }

  /** All that earlier cells declared, as {@link restore} takes it. */
  get declarations(): string {
    const { ambient, settled } = this.language.adapter;
    return JSON.stringify({ ambient, names: `${this.earlier}\n${settled.text}` });
  }

  /** Goes on where another session was. */
  restore(declarations: string): void {
    const { adapter } = this.language;
    const { ambient = '', names = '' } = (declarations === '' ? {} : JSON.parse(declarations)) as Declared;
    adapter.settled.take();
    adapter.ambient = ambient;
    this.earlier = names;
    this.settleAt = this.much;
  }

  /** Compiles one cell; its names become known with {@link commit}. */
  compile(code: string): CompileResult {
    return this.asked(code, () => this.compiled(code));
  }

  private compiled(source: string): CompileResult {
    this.pending = undefined;
    const { adapter } = this.language;
    adapter.refresh();
    if (this.earlier.length > this.settleAt) this.settle();
    const before = adapter.ambient;
    const { code, shift } = this.read(source);
    const converted = this.converted(code);
    if (converted.diagnostics.length > 0) {
      adapter.ambient = before;
      return { diagnostics: converted.diagnostics.map((each) => toDiagnostic(each, shift)) };
    }
    const cell = this.toCell(converted);
    this.pending = converted.declOutput ?? '';
    return cell;
  }

  /** A cell's text as the compiler takes it; modules without types become known. */
  private read(source: string): { code: string; shift: number } {
    const { adapter, ts } = this.language;
    const { code, ambient, shift } = cellText(ts, source, (module) => adapter.hasTypes(module));
    if (ambient.length > 0) adapter.ambient = [adapter.ambient, ...ambient].join('\n');
    return { code, shift };
  }

  /** What is wrong with a cell, and what the cells below it know: all that makes sense of it, errors or not. */
  look(source: string): Look {
    const { adapter } = this.language;
    return this.asked(source, () => {
      const { code, shift } = this.read(source);
      const { diagnostics, declOutput = '' } = this.converted(code);
      const names =
        diagnostics.length === 0
          ? declOutput
          : adapter.despiteErrors(() => this.converter.convert(this.earlier, code).declOutput ?? '');
      return {
        diagnostics: diagnostics.map((each) => toDiagnostic(each, shift)),
        declarations: JSON.stringify({ ambient: adapter.ambient, names }),
      };
    });
  }

  /** Looks at the files on disk; true where one that the compiler has read is another now. */
  refresh(): boolean {
    return this.language.adapter.refresh();
  }

  private converted(code: string): Converted {
    const { adapter } = this.language;
    const convert = (): Converted => adapter.converting(() => this.converter.convert(this.earlier, code));
    const converted = convert();
    if (converted.diagnostics.length > 0 || !adapter.redeclaresSettled()) return converted;
    this.unsettle();
    return convert();
  }

  /** After the cell ran: names in `unassigned` keep what they meant before it. */
  commit(unassigned: readonly string[]): void {
    const { pending } = this;
    this.pending = undefined;
    if (pending !== undefined)
      this.earlier = keepEarlier(this.language.ts, pending, this.earlier, unassigned);
  }

  complete(code: string, position: number): Completion {
    const { candidates, original, ...place } = this.asked(code, () => {
      this.language.adapter.refresh();
      return this.converter.complete(this.earlier, code, position);
    });
    const { start, end } = rangeOf(original) ?? place;
    const kinds = new Map(original?.entries.map((entry) => [entry.name, entry.kind]));
    const typed = code.slice(start, position);
    const items = candidates
      .filter((text) => typed === '' || text.toLowerCase().includes(typed.toLowerCase()))
      .map((text) => ({ text, kind: kinds.get(text) ?? '' }));
    return { start, end, items };
  }

  inspect(code: string, position: number, detail: number): Bundle | undefined {
    return this.asked(code, () => {
      this.language.adapter.refresh();
      for (const at of positionsNear(code, position)) {
        const info = this.converter.inspect(this.earlier, code, at);
        if (info?.displayParts?.length) return hoverBundle(info, detail);
      }
      return undefined;
    });
  }

  /** The signatures of the call around a place. */
  signatures(code: string, position: number): Signatures | undefined {
    return this.asked(code, () => {
      this.converter.inspect(this.earlier, code, position);
      const { adapter, ts } = this.language;
      const found =
        adapter.asked && signatures(ts, adapter.asked.program, adapter.asked.cell, position + TSLAB_PREFIX);
      return found && signaturesOf(found);
    });
  }

  /** Where the name at a place is declared. */
  definitions(code: string, position: number): Declaration[] {
    return this.asked(code, () => {
      this.converter.inspect(this.earlier, code, position);
      const { adapter, ts } = this.language;
      if (!adapter.asked) return [];
      const { program, cell } = adapter.asked;
      return definitions(ts, program, cell, position + TSLAB_PREFIX).map((each) =>
        each.in === 'cell'
          ? { ...each, start: each.start - TSLAB_PREFIX, end: each.end - TSLAB_PREFIX }
          : each,
      );
    });
  }

  /** Compiles a small cell so that the first real one finds the libraries parsed and the compiler warm. */
  warm(): void {
    this.converter.convert(
      '',
      'const warm: number = 1; console.log(`${warm}`); await Promise.resolve([warm]);\nwarm',
    );
  }

  close(): void {
    this.converter.close();
  }

  /** An exception leaves tslab and TypeScript's watch mode in the middle of an update: new ones take their place. */
  private asked<T>(code: string, ask: () => T): T {
    try {
      refuseDeep(this.language.ts, code);
      return ask();
    } catch (error) {
      if (error instanceof TooDeepError) throw error; // before anything was begun
      this.renew();
      throw isStackOverflow(error) ? new TooDeepError() : error;
    }
  }

  private renew(): void {
    const { declarations } = this;
    try {
      this.converter.close();
    } catch {
      // It may be in any state.
    }
    this.converter = this.language.createConverter();
    this.restore(declarations);
  }

  private settle(): void {
    this.language.adapter.settled.add(this.earlier);
    this.earlier = '';
    this.settleAt = this.much;
  }

  /** A cell that is run again and again would otherwise move everything there and back each time. */
  private unsettle(): void {
    this.earlier = `${this.earlier}\n${this.language.adapter.settled.take()}`;
    this.settleAt = this.earlier.length + this.much;
  }

  private toCell(converted: Converted): CompileResult {
    const { adapter } = this.language;
    const isAsync = converted.hasToplevelAwait ?? false;
    if (converted.output === undefined) return { cell: EMPTY };
    const lowered = adapter.lower(converted.lastExpressionVar);
    const { names, imports } = adapter.emitted;
    const hasResult = converted.lastExpressionVar !== undefined;
    return { cell: { ...lowered, names, imports, isAsync, hasResult } };
  }
}

const isStackOverflow = (error: unknown): boolean =>
  error instanceof RangeError && error.message.startsWith('Maximum call stack');

const EMPTY: CompiledCell = {
  ...{ code: '', maps: [], additions: [], boxes: [] },
  ...{ names: [], imports: [], isAsync: false, hasResult: false },
};

function toDiagnostic({ start, end, messageText, code }: TslabDiagnostic, shift: number): Diagnostic {
  const column = ({ line, character }: TslabDiagnostic['start']): number =>
    line === 0 ? Math.max(0, character - shift) : character;
  return {
    line: start.line,
    column: column(start),
    endLine: end.line,
    endColumn: column(end),
    code: Number(code),
    message: messageText,
  };
}

/** In a text, such as an import's, TypeScript says what a candidate replaces; tslab would insert it. */
function rangeOf(info: ts.CompletionInfo | undefined): { start: number; end: number } | undefined {
  const span = info?.entries.find(({ replacementSpan }) => replacementSpan)?.replacementSpan;
  if (!span) return undefined;
  const start = span.start - TSLAB_PREFIX;
  return { start, end: start + span.length };
}

/** The line that tslab puts before a cell. */
const TSLAB_PREFIX = 'export {};\n'.length;

/** The cursor's place, and for a cursor in a call's arguments or after a name, the name before it. */
function positionsNear(code: string, position: number): number[] {
  const before = code.slice(0, position);
  const name = /[\w$]+$/.exec(before);
  const call = /([\w$]+)\s*\([^()]*$/.exec(before);
  return [position, ...(name ? [name.index] : []), ...(call ? [call.index] : [])];
}
