/**
 * TypeScript's pass for async generators (ES2018) also rewrites `{ ...x }` into `Object.assign`, which calls getters
 * and setters that Node's own spread defines. These two transformers, one before that pass and one after it, let such
 * objects and patterns through as properties of a name that no program can write.
 */
import type ts from 'typescript';

import type { FullTs } from './internals';

type Factory = ts.TransformerFactory<ts.SourceFile>;

const MARK = '\0spread';

const isMark = (real: FullTs, name: ts.Node | undefined): boolean =>
  name !== undefined && real.isIdentifier(name) && name.text === MARK;

/** `{ ...x }` becomes a marked property, in objects and in patterns. */
export function hideSpreads(real: FullTs): Factory {
  return replaced(real, (node, { factory }) => {
    const mark = factory.createIdentifier(MARK);
    if (real.isSpreadAssignment(node)) return factory.createPropertyAssignment(mark, node.expression);
    return real.isBindingElement(node) && node.dotDotDotToken && real.isObjectBindingPattern(node.parent)
      ? factory.createBindingElement(undefined, mark, node.name)
      : node;
  });
}

/** Marked properties become what they were. */
export function showSpreads(real: FullTs): Factory {
  return replaced(real, (node, { factory }) => {
    if (real.isPropertyAssignment(node) && isMark(real, node.name))
      return factory.createSpreadAssignment(node.initializer);
    const dots = factory.createToken(real.SyntaxKind.DotDotDotToken);
    return real.isBindingElement(node) && isMark(real, node.propertyName)
      ? factory.createBindingElement(dots, undefined, node.name)
      : node;
  });
}

/** The file with every node replaced by what `change` gives for it, seen before its children. */
function replaced(
  real: FullTs,
  change: (node: ts.Node, context: ts.TransformationContext) => ts.Node,
): Factory {
  return (context) => (file) => {
    const visit = (node: ts.Node): ts.Node => {
      const changed = change(node, context);
      if (changed !== node) real.setTextRange(changed, node);
      return real.visitEachChild(changed, visit, context);
    };
    return real.visitEachChild(file, visit, context);
  };
}
