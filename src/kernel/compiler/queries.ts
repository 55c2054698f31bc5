/** What an editor asks beside completions and hovers: the signatures of a call, and where a name is declared. */
import type ts from 'typescript';

import type { FullTs } from './internals';
import { isEarlier } from './settled';

/** Where a name is declared: in a file, in the cell itself, or in an earlier cell. */
export type Declared =
  | { readonly in: 'file'; readonly path: string; readonly line: number; readonly column: number }
  | { readonly in: 'cell'; readonly start: number; readonly end: number }
  | { readonly in: 'earlier'; readonly name: string };

const NEVER = { isCancellationRequested: () => false, throwIfCancellationRequested: () => undefined };

/** The signatures of the call around a place. */
export const signatures = (
  real: FullTs,
  program: ts.Program,
  cell: ts.SourceFile,
  position: number,
): ts.SignatureHelpItems | undefined =>
  real.SignatureHelp.getSignatureHelpItems(program, cell, position, undefined, NEVER);

/** Where the name at a place is declared. */
export function definitions(
  real: FullTs,
  program: ts.Program,
  cell: ts.SourceFile,
  position: number,
): Declared[] {
  const found = real.GoToDefinition.getDefinitionAtPosition(program, cell, position) ?? [];
  return found.flatMap(({ fileName, textSpan: { start, length }, name }): Declared[] => {
    const file = program.getSourceFile(fileName);
    if (!file) return [];
    if (file === cell) return [{ in: 'cell', start, end: start + length }];
    if (isEarlier(file)) return [{ in: 'earlier', name }];
    const { line, character } = file.getLineAndCharacterOfPosition(start);
    return [{ in: 'file', path: fileName, line, column: character }];
  });
}

/** The identifier by which a cell declares a name at its top level. */
export function declarationIn(
  real: FullTs,
  code: string,
  name: string,
): { start: number; end: number } | undefined {
  const file = real.createSourceFile('cell.ts', code, real.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): ts.Identifier | undefined => {
    const { name: own } = node as { name?: ts.Node };
    if (own && real.isIdentifier(own) && own.text === name) return own;
    const isOpaque = real.isFunctionLike(node) || real.isClassLike(node) || real.isBlock(node);
    return isOpaque ? undefined : real.forEachChild(node, visit);
  };
  const found = file.statements.flatMap((statement) => visit(statement) ?? []).at(-1);
  return found && { start: found.getStart(file), end: found.end };
}
