/** The `@example` blocks of the sources, as modules that can be compiled and run. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

import * as ts from 'typescript';

export interface Example {
  /** `src/helpers/train/fit.ts:79`. */
  readonly place: string;
  readonly file: string;
  readonly code: string;
}

/** Every example of one file: what stands behind `@example`, up to the next tag or the end of the comment. */
export function examplesIn(file: string, root: string): Example[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/\/\*\*[^]*?\*\//g)].flatMap((comment) => {
    const body = comment[0].replace(/^\/\*\*|\*\/$/g, '').replace(/^[ \t]*\* ?/gm, '');
    return [...body.matchAll(/^ *@example\b([^]*?)(?=^ *@\w|(?![^]))/gm)].map(([whole, code = '']) => {
      const before = text.slice(0, comment.index) + comment[0].slice(0, comment[0].indexOf('@example'));
      const line = before.split('\n').length;
      return { place: `${relative(root, file)}:${line}`, file, code: code.trim(), whole };
    });
  });
}

/** Names that a piece of code uses and does not declare itself. */
export function freeNames(code: string): Set<string> {
  const file = ts.createSourceFile('example.ts', code, ts.ScriptTarget.Latest, true);
  const [used, declared] = [new Set<string>(), new Set<string>()];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node))
      (isDeclaration(node) ? declared : isUse(node) ? used : new Set()).add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return new Set([...used].filter((name) => !declared.has(name)));
}

function isDeclaration(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isVariableDeclaration(parent) ||
      ts.isParameter(parent) ||
      ts.isBindingElement(parent) ||
      ts.isFunctionDeclaration(parent) ||
      ts.isClassDeclaration(parent) ||
      ts.isNamespaceImport(parent) ||
      ts.isImportSpecifier(parent)) &&
    parent.name === node
  );
}

/** Not the name of a property, of a type's member or of a binding's source. */
function isUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)) return parent.name !== node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  return !ts.isBindingElement(parent) && !ts.isClassElement(parent) && !ts.isTypeElement(parent);
}
