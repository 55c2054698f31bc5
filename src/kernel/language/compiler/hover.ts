/** `getQuickInfoAtPosition`, which tslab's own compiler adds and stock TypeScript keeps inside its language service. */
import type ts from 'typescript';

import type { FullTs } from './internals';

/** The function tslab calls for a hover; same answer as the language service's quick info. */
export function quickInfo(real: FullTs) {
  return (
    file: ts.SourceFile,
    checker: ts.TypeChecker,
    _token: unknown,
    position: number,
  ): Partial<ts.QuickInfo> | undefined => {
    const touched = real.getTouchingPropertyName(file, position);
    if (touched === file) return undefined;
    const node = adjusted(real, touched);
    const textSpan = real.createTextSpanFromNode(node, file);
    const container = real.getContainerNode(node);
    const symbol = symbolAt(real, checker, node);
    if (!symbol) return typeOnly(real, checker, node, container, textSpan);
    const found = real.SymbolDisplay.getSymbolDisplayPartsDocumentationAndSymbolKind(
      checker,
      symbol,
      file,
      container,
      node,
    );
    return {
      kind: found.symbolKind,
      kindModifiers: real.SymbolDisplay.getSymbolModifiers(checker, symbol),
      textSpan,
      displayParts: found.displayParts,
      documentation: found.documentation,
      ...(found.tags && { tags: found.tags }),
    };
  };
}

/** `new` in `new A()` means the constructor; the dots of a named tuple member mean the member. */
function adjusted(real: FullTs, node: ts.Node): ts.Node {
  const { parent } = node;
  if (real.isNewExpression(parent) && node.pos === parent.pos) return parent.expression;
  if (real.isNamedTupleMember(parent) && node.pos === parent.pos) return parent;
  if (real.isMetaProperty(parent) && parent.name === node) return parent;
  return node;
}

/** A key of an object literal means the property of the expected type, where there is one. */
function symbolAt(real: FullTs, checker: ts.TypeChecker, node: ts.Node): ts.Symbol | undefined {
  const element = real.getContainingObjectLiteralElement(node);
  const type = element && checker.getContextualType(element.parent as ts.Expression);
  const properties = type && real.getPropertySymbolsFromContextualType(element, checker, type, false);
  const symbol = properties?.length === 1 ? properties[0] : checker.getSymbolAtLocation(node);
  return symbol && !checker.isUnknownSymbol(symbol) ? symbol : undefined;
}

function typeOnly(
  real: FullTs,
  checker: ts.TypeChecker,
  node: ts.Node,
  container: ts.Node | undefined,
  textSpan: ts.TextSpan,
): Partial<ts.QuickInfo> | undefined {
  const { SyntaxKind } = real;
  const kinds = [
    SyntaxKind.PropertyAccessExpression,
    SyntaxKind.QualifiedName,
    SyntaxKind.ThisKeyword,
    SyntaxKind.ThisType,
    SyntaxKind.SuperKeyword,
    SyntaxKind.NamedTupleMember,
  ];
  if (!real.isIdentifier(node) && !kinds.includes(node.kind)) return undefined;
  const type = checker.getTypeAtLocation(node);
  return {
    kindModifiers: '',
    textSpan,
    displayParts: real.typeToDisplayParts(checker, type, container),
    documentation: type.symbol?.getDocumentationComment(checker) ?? [],
  };
}
