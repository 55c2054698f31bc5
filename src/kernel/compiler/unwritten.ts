/** Declarations that TypeScript does not write into a .d.ts file, and that later cells need. */
import type ts from 'typescript';

import type { FullTs } from './internals';

/** Names that `var` declares in blocks, and types of functions' insides that the cell's declarations speak of. */
export function unwritten(
  real: FullTs,
  checker: ts.TypeChecker,
  cell: ts.SourceFile,
  diagnostics: readonly ts.Diagnostic[],
): string {
  const wanted = new Set(diagnostics.flatMap((each) => privateName(real, each)));
  const found: string[] = [];
  const visit = (node: ts.Node, isNested: boolean, isInside: boolean): void => {
    if (!isInside && isNested && isVarList(real, node))
      for (const { name } of node.declarations)
        for (const each of identifiers(real, name)) found.push(declared(real, checker, cell, each));
    const isType = real.isInterfaceDeclaration(node) || real.isTypeAliasDeclaration(node);
    if (isInside && isType && wanted.has(node.name.text)) found.push(node.getText(cell));
    const inner = isInside || real.isFunctionLike(node) || real.isClassLike(node);
    const isStatement = real.isVariableStatement(node) && node.parent === cell;
    real.forEachChild(node, (child) => visit(child, !isStatement, inner));
  };
  real.forEachChild(cell, (statement) => visit(statement, false, false));
  return found.map((text) => `${text}\n`).join('');
}

function privateName(real: FullTs, { messageText }: ts.Diagnostic): string[] {
  const [, name] = /private name '([^']+)'/.exec(real.flattenDiagnosticMessageText(messageText, '\n')) ?? [];
  return name === undefined ? [] : [name];
}

const isVarList = (real: FullTs, node: ts.Node): node is ts.VariableDeclarationList =>
  real.isVariableDeclarationList(node) && (node.flags & real.NodeFlags.BlockScoped) === 0;

function identifiers(real: FullTs, name: ts.BindingName): ts.Identifier[] {
  if (real.isIdentifier(name)) return [name];
  return name.elements.flatMap((each) => (real.isBindingElement(each) ? identifiers(real, each.name) : []));
}

function declared(real: FullTs, checker: ts.TypeChecker, cell: ts.SourceFile, name: ts.Identifier): string {
  const { NoTruncation, UseStructuralFallback, WriteClassExpressionAsTypeLiteral } = real.TypeFormatFlags;
  const flags = NoTruncation | UseStructuralFallback | WriteClassExpressionAsTypeLiteral;
  return `declare var ${name.text}: ${checker.typeToString(checker.getTypeAtLocation(name), cell, flags)};`;
}
