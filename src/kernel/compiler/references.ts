/** Where a cell's code speaks of names that other cells share: its own top-level ones and those of earlier cells. */
import type ts from 'typescript';

import { EARLIER } from '../link/names';
import type { FullTs } from './internals';

/** One place at which a shared name is read or written. */
export interface Reference {
  readonly name: string;
  /** The identifier, or for a name of an earlier cell the access to {@link EARLIER}. */
  readonly node: ts.Identifier | ts.PropertyAccessExpression;
  readonly isEarlier: boolean;
  readonly isWrite: boolean;
  /** Inside a function or a class, which may run at any later time. */
  readonly isCaptured: boolean;
  readonly isInLoop: boolean;
}

type Scope = ts.Node & { readonly locals?: ReadonlyMap<ts.__String, unknown> };

/** Every reference in `file`, in the order of the text; the file is bound and knows its parents. */
export function references(real: FullTs, file: ts.SourceFile, own: ReadonlySet<string>): Reference[] {
  const found: Reference[] = [];
  const visit = (node: ts.Node): void => {
    if (real.isImportDeclaration(node) || real.isExportDeclaration(node)) return;
    if (isEarlierAccess(real, node)) found.push(reference(real, node, node.name.text, true));
    else if (real.isIdentifier(node)) {
      if (own.has(node.text) && isReference(real, node) && isTopLevel(real, node, file))
        found.push(reference(real, node, node.text, false));
    } else real.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Is this the use of a name of an earlier cell? */
function isEarlierAccess(
  real: FullTs,
  node: ts.Node,
): node is ts.PropertyAccessExpression & { name: ts.Identifier } {
  return (
    real.isPropertyAccessExpression(node) &&
    real.isIdentifier(node.expression) &&
    node.expression.text === EARLIER
  );
}

function reference(real: FullTs, node: Reference['node'], name: string, isEarlier: boolean): Reference {
  let isCaptured = false;
  let isInLoop = false;
  for (let at: ts.Node = node; at.parent; at = at.parent) {
    const { parent } = at;
    if (real.isFunctionLike(parent) || real.isClassElement(parent)) isCaptured = true;
    else if (real.isIterationStatement(parent, false)) isInLoop = true;
  }
  const isWrite = real.isAssignmentTarget(node) || isUpdated(real, node);
  return { name, node, isEarlier, isWrite, isCaptured, isInLoop };
}

/** `x++` and `--x`. */
function isUpdated(real: FullTs, node: ts.Node): boolean {
  const { parent } = node;
  if (!real.isPrefixUnaryExpression(parent) && !real.isPostfixUnaryExpression(parent)) return false;
  const { PlusPlusToken, MinusMinusToken } = real.SyntaxKind;
  return parent.operator === PlusPlusToken || parent.operator === MinusMinusToken;
}

/** Does the identifier stand for a value, and is it not the place that declares it? */
function isReference(real: FullTs, node: ts.Identifier): boolean {
  const { parent } = node;
  if (real.isPropertyAccessExpression(parent) || real.isMetaProperty(parent)) return parent.name !== node;
  if (real.isShorthandPropertyAssignment(parent)) return true;
  if (real.isPropertyAssignment(parent)) return parent.name !== node;
  if (real.isBindingElement(parent) || real.isVariableDeclaration(parent) || real.isParameter(parent))
    return parent.initializer === node;
  if (real.isLabeledStatement(parent) || real.isBreakOrContinueStatement(parent)) return false;
  const { name } = parent as { name?: ts.Node };
  return name !== node;
}

/** Is the name, seen from here, the cell's own at its top level? */
function isTopLevel(real: FullTs, node: ts.Identifier, file: ts.SourceFile): boolean {
  for (let at: ts.Node = node.parent; at !== file; at = at.parent) {
    if ((at as Scope).locals?.has(node.escapedText)) return false;
    const named = real.isFunctionExpression(at) || real.isClassLike(at) ? at.name : undefined;
    if (named?.text === node.text && named !== node) return false;
  }
  return true;
}
