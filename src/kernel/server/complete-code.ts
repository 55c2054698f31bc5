/** Whether a cell may run when the user presses Enter in a console. */
import type ts from 'typescript';

import { cellText } from '../compiler/cell-text';
import type { FullTs } from '../compiler/internals';
import { QUESTION } from './execution';

/** The answer to `is_complete_request`: whether Enter runs the code or starts a new line. */
export type Completeness =
  | { readonly status: 'complete' | 'invalid' | 'unknown' }
  | { readonly status: 'incomplete'; readonly indent: string };

/**
 * `incomplete` when only the end is missing, with the next line's indent; `invalid` for any other syntax error;
 * `unknown` for code nested so deeply that the parser gives up.
 */
export function isComplete(code: string): Completeness {
  try {
    return parsed(code);
  } catch {
    return { status: 'unknown' };
  }
}

function parsed(code: string): Completeness {
  if (QUESTION.test(code)) return { status: 'complete' };
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded with the first question, not at start
  const compiler = require('typescript') as typeof ts;
  const file = compiler.createSourceFile('cell.ts', code, compiler.ScriptTarget.Latest) as ts.SourceFile & {
    parseDiagnostics?: readonly ts.DiagnosticWithLocation[];
  };
  const [first] = file.parseDiagnostics ?? [];
  if (!first || cellText(compiler as FullTs, code, () => true).shift > 0) return { status: 'complete' };
  const isOpen = first.start >= code.trimEnd().length && first.code !== UNTERMINATED_STRING;
  return isOpen ? { status: 'incomplete', indent: nextIndent(code) } : { status: 'invalid' };
}

/** A string cannot go on in the next line; templates and comments can. */
const UNTERMINATED_STRING = 1002;

function nextIndent(code: string): string {
  const last = code.slice(code.lastIndexOf('\n') + 1);
  const indent = /^\s*/.exec(last)?.[0] ?? '';
  return /[{([]\s*$/.test(last) || /=>\s*$/.test(last) ? `${indent}  ` : indent;
}
