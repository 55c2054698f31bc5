/** A cell's text as the compiler should see it; every change keeps lines and, but for one bracket, columns. */
import type ts from 'typescript';

import type { FullTs } from './internals';

/** A cell made ready. */
export interface CellText {
  readonly code: string;
  /** Declarations of modules that have no types; they stand in a file of their own. */
  readonly ambient: readonly string[];
  /** Characters that were put before the first line. */
  readonly shift: number;
}

/** Takes out what only files can say, and reads an object literal as what it looks like. */
export function cellText(real: FullTs, text: string, hasTypes: (module: string) => boolean): CellText {
  if (isObjectLiteral(real, text)) return { code: `(${text}\n)`, ambient: [], shift: 1 };
  if (!/\bexport\b|\bdeclare\s+module\b/.test(text)) return { code: text, ambient: [], shift: 0 };
  const file = real.createSourceFile('cell.tsx', text, real.ScriptTarget.Latest, true);
  const blanks = new Blanks(text);
  const ambient: string[] = [];
  for (const statement of file.statements) {
    if (isModuleWithoutTypes(real, statement, hasTypes)) {
      ambient.push(statement.getText(file));
      blanks.take(statement.getStart(file), statement.end);
    } else withoutExport(real, statement, file, blanks);
  }
  return { code: blanks.text, ambient, shift: 0 };
}

/** `{ a: 1 }` alone is an object in a notebook as it is in Node's console; with a semicolon behind it is a block. */
function isObjectLiteral(real: FullTs, text: string): boolean {
  if (!/^\s*\{/.test(text) || !/\}\s*$/.test(text)) return false;
  const file = real.createSourceFile('cell.ts', `(${text}\n)`, real.ScriptTarget.Latest) as ts.SourceFile & {
    parseDiagnostics?: readonly unknown[];
  };
  const [statement] = file.statements;
  if (file.parseDiagnostics?.length || file.statements.length !== 1 || !statement) return false;
  return (
    real.isExpressionStatement(statement) &&
    real.isParenthesizedExpression(statement.expression) &&
    real.isObjectLiteralExpression(statement.expression.expression)
  );
}

function isModuleWithoutTypes(
  real: FullTs,
  statement: ts.Statement,
  hasTypes: (module: string) => boolean,
): boolean {
  if (!real.isModuleDeclaration(statement) || !real.isStringLiteral(statement.name)) return false;
  return !statement.body || !hasTypes(statement.name.text);
}

/** Names of a cell are known to later cells anyway. */
function withoutExport(real: FullTs, statement: ts.Statement, file: ts.SourceFile, blanks: Blanks): void {
  const start = statement.getStart(file);
  if (real.isExportAssignment(statement) && !statement.isExportEquals)
    blanks.take(start, statement.expression.getStart(file));
  else if (real.isExportDeclaration(statement) && !statement.moduleSpecifier)
    blanks.take(start, statement.end);
  else if (real.canHaveModifiers(statement)) {
    const words = [real.SyntaxKind.ExportKeyword, real.SyntaxKind.DefaultKeyword];
    const modifiers = (real.getModifiers(statement) ?? []).filter(({ kind }) => words.includes(kind));
    for (const modifier of modifiers) blanks.take(modifier.getStart(file), modifier.end);
    if (modifiers.length === 2 && !(statement as ts.ClassDeclaration).name)
      blanks.enclose(modifiers[0]?.getStart(file) ?? start, statement.end);
  }
}

class Blanks {
  constructor(public text: string) {}

  take(from: number, to: number): void {
    const { text } = this;
    this.text = text.slice(0, from) + text.slice(from, to).replace(/[^\r\n]/g, ' ') + text.slice(to);
  }

  /** A class or function without a name is a value. */
  enclose(from: number, to: number): void {
    const { text } = this;
    this.text = `${text.slice(0, from)}(${text.slice(from + 1, to)})${text.slice(to)}`;
  }
}

const HEAD = /^export \{\};\n((?:[ \t]*(?:\/\/[^\n]*|\/\*[^]*?\*\/)?[ \t]*\n)+)/;
const DIRECTIVE = /@ts-nocheck|@jsx|<reference\s/;

/** Directives count at a file's head alone; tslab puts a line before it. */
export const directivesFirst = (text: string): string =>
  text.replace(HEAD, (all, head: string) => (DIRECTIVE.test(head) ? `${head}export {};\n` : all));
