/** Errors as the notebook shows them. */
import { say } from '../../../bin/bootstrap/language';
import type { Json } from '../jupyter/wire';
import type { Diagnostic, Failure, Frame } from '../link/messages';
import { codeFrame } from './code-frame';
import { hintFor } from './hints';

/** Content of an `error` message and of a failed reply. */
export interface ErrorContent extends Json {
  readonly status: 'error';
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

const RED = '\x1b[31m';
const BLUE = '\x1b[34m';
const DIM = '\x1b[2m';
const RESET = '\x1b[0m';

/** Errors of the compiler: each with its number, the cell's lines and a hint. */
export function typeScriptError(code: string, diagnostics: readonly Diagnostic[]): ErrorContent {
  const traceback = diagnostics.map((diagnostic) => {
    const { line, column, message } = diagnostic;
    const head = `${RED}TS${diagnostic.code}${RESET} ${line + 1}:${column + 1} - ${message}`;
    return withHint([head, codeFrame(code, diagnostic)], hintFor(`TS${diagnostic.code}`, message));
  });
  const [first] = diagnostics;
  const evalue = first ? `TS${first.code}: ${first.message} (${first.line + 1}:${first.column + 1})` : '';
  return { status: 'error', ename: 'TypeScriptError', evalue, traceback };
}

/** An error that a cell threw: the line it comes from, the way there, its causes and a hint. */
export function runtimeError(failure: Failure, sourceOf: (cell: number) => string | undefined): ErrorContent {
  const { ename, evalue, frames, causes } = failure;
  const head = `${RED}${ename}${RESET}: ${evalue}`;
  const own = frames.find((frame) => frame.cell !== undefined);
  const source = own?.cell === undefined ? undefined : sourceOf(own.cell);
  const frame = own && source !== undefined ? codeFrame(source, pointAt(own)) : '';
  const lines = [
    failure.details === '' ? head : `${head} ${failure.details}`,
    frame,
    ...folded(frames),
    ...causes.map((cause) => `${DIM}Caused by${RESET} ${cause}`),
  ];
  const traceback = [withHint(lines, failure.interrupted ? undefined : hintFor(ename, evalue))];
  return { status: 'error', ename, evalue, traceback };
}

/** A fault of the kernel itself, told as such. */
export function internalError(error: unknown): ErrorContent {
  const text = error instanceof Error ? error.message : String(error);
  return { status: 'error', ename: 'KernelError', evalue: text.split('\n')[0] ?? '', traceback: [text] };
}

function pointAt({ line, column }: Frame): Pick<Diagnostic, 'line' | 'column' | 'endLine' | 'endColumn'> {
  return { line: line - 1, column: column - 1, endLine: line - 1, endColumn: column };
}

/** Frames as lines; runs of foreign ones become one line. */
function folded(frames: readonly Frame[]): string[] {
  const lines: string[] = [];
  let foreign = 0;
  const close = (): void => {
    if (foreign > 0)
      lines.push(`${DIM}    … ${foreign} frame${foreign === 1 ? '' : 's'} in packages${RESET}`);
    foreign = 0;
  };
  for (const frame of frames) {
    if (frame.foreign) {
      foreign += 1;
      continue;
    }
    close();
    const place = `${BLUE}${frame.file}:${frame.line}:${frame.column}${RESET}`;
    lines.push(frame.name === '' ? `    at ${place}` : `    at ${frame.name} (${place})`);
  }
  close();
  return lines;
}

function withHint(lines: readonly string[], hint: string | undefined): string {
  return [...lines, ...(hint === undefined ? [] : [say({ zh: `提示：${hint}`, en: `Hint: ${hint}` })])]
    .filter((line) => line !== '')
    .join('\n');
}
