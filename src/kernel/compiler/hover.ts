/** `getQuickInfoAtPosition`, which tslab's own compiler adds and stock TypeScript keeps inside its language service. */
import type ts from 'typescript';

import type { FullTs } from './internals';

/**
 * The function tslab calls for a hover. As the language service's quick info, but for two things that hide a library's
 * documentation: a re-exported name shows as what it stands for, and a constant of a function's type
 * (`const conv2d: typeof conv2d_`, all of tfjs) shows what the function says of itself.
 */
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
    const symbol = resolved(real, checker, symbolAt(real, checker, node));
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
      ...(isDocumented(found) ? documentationOf(found) : documentationOfType(checker, symbol, node)),
    };
  };
}

type Documentation = Pick<ts.QuickInfo, 'documentation' | 'tags'>;

const isDocumented = ({ documentation, tags }: Documentation): boolean =>
  (documentation?.length ?? 0) + (tags?.length ?? 0) > 0;

const documentationOf = ({ documentation, tags }: Documentation): Documentation => ({
  documentation,
  ...(tags && { tags }),
});

/** What the declarations of a function's type say, where the name itself has no comment. */
function documentationOfType(checker: ts.TypeChecker, symbol: ts.Symbol, node: ts.Node): Documentation {
  const signatures = checker.getTypeOfSymbolAtLocation(symbol, node).getCallSignatures();
  const all = signatures.map((signature) => ({
    documentation: signature.getDocumentationComment(checker),
    tags: signature.getJsDocTags(),
  }));
  return all.find(isDocumented) ?? { documentation: [] };
}

/** What an imported or re-exported name stands for; a module keeps the name that the cell gives it. */
function resolved(
  real: FullTs,
  checker: ts.TypeChecker,
  symbol: ts.Symbol | undefined,
): ts.Symbol | undefined {
  if (!symbol || !(symbol.flags & real.SymbolFlags.Alias)) return symbol;
  const target = checker.getAliasedSymbol(symbol);
  return checker.isUnknownSymbol(target) || target.flags & real.SymbolFlags.Module ? symbol : target;
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
  // a name that nothing declares
  if ((type as { intrinsicName?: string }).intrinsicName === 'error') return undefined;
  return {
    kindModifiers: '',
    textSpan,
    displayParts: real.typeToDisplayParts(checker, type, container),
    documentation: type.symbol?.getDocumentationComment(checker) ?? [],
  };
}
