/** Whether a cell may run when the reader presses Enter in a console. */
import type ts from 'typescript';

export type Completeness =
  { readonly status: 'complete' | 'invalid' } | { readonly status: 'incomplete'; readonly indent: string };

/** `incomplete` when only the end is missing, with the next line's indent; `invalid` for any other syntax error. */
export function isComplete(code: string): Completeness {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded with the first question, not at start
  const compiler = require('typescript') as typeof ts;
  const file = compiler.createSourceFile('cell.ts', code, compiler.ScriptTarget.Latest) as ts.SourceFile & {
    parseDiagnostics?: readonly ts.Diagnostic[];
  };
  const errors = file.parseDiagnostics ?? [];
  if (errors.length === 0)
    return endsOpen(code) ? { status: 'incomplete', indent: '' } : { status: 'complete' };
  const end = code.trimEnd().length;
  const atEnd = errors.some(({ start = 0, length = 0 }) => start + length >= end) || isOpen(errors);
  return atEnd ? { status: 'incomplete', indent: nextIndent(code) } : { status: 'invalid' };
}

/** An unfinished template, comment or string reports its error where it starts to fail, not at the end. */
const UNTERMINATED = [1160, 1010, 1161];
const isOpen = (errors: readonly ts.Diagnostic[]): boolean =>
  errors.some(({ code }) => UNTERMINATED.includes(code));

/** A line that ends in an operator goes on, though a parser may accept it so far. */
const endsOpen = (code: string): boolean => /=>\s*$/.test(code);

function nextIndent(code: string): string {
  const last = code.slice(code.lastIndexOf('\n') + 1);
  const indent = /^\s*/.exec(last)?.[0] ?? '';
  return /[{([]\s*$/.test(last) || /=>\s*$/.test(last) ? `${indent}  ` : indent;
}
