/** The declarations of earlier cells as text again, at a cost that does not grow with what each of them says. */
import type ts from 'typescript';

import type { FullTs } from './internals';

/**
 * `createPrinter` for tslab, which takes names out of the declarations of earlier cells and prints the rest after
 * every cell. What is left of a statement still stands in the file's text; only imports are printed anew.
 */
export function declarationPrinter(real: FullTs): FullTs['createPrinter'] {
  return (options, handlers) => {
    const printer = real.createPrinter(options, handlers);
    const printFile = (file: ts.SourceFile): string =>
      file.isDeclarationFile
        ? file.statements.map((statement) => `${textOf(real, printer, statement, file)}\n`).join('')
        : printer.printFile(file);
    return { ...printer, printFile };
  };
}

function textOf(real: FullTs, printer: ts.Printer, statement: ts.Statement, file: ts.SourceFile): string {
  if (real.isImportDeclaration(statement))
    return printer.printNode(real.EmitHint.Unspecified, statement, file);
  if (!real.isVariableStatement(statement)) return statement.getFullText(file).trim();
  const { declarationList: list } = statement;
  const keyword =
    list.flags & real.NodeFlags.Const ? 'const' : list.flags & real.NodeFlags.Let ? 'let' : 'var';
  const before = file.text.slice(statement.pos, list.getStart(file)).trimStart();
  return `${before}${keyword} ${list.declarations.map((each) => each.getText(file)).join(', ')};`;
}
