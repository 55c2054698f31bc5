/** Rewrites of a cell's code on its way to JavaScript, each mending one fault of stock tslab. */
import type ts from 'typescript';

import { IMPORT_FUNCTION } from '../link/names';
import type { FullTs } from './internals';
import { isEarlier } from './settled';

type Factory = ts.TransformerFactory<ts.SourceFile>;

/** `{ a }` with `a` from an earlier cell stands for `{ a: exports.a }`; tslab leaves a free variable. */
export function expandShorthand(real: FullTs, checker: ts.TypeChecker): Factory {
  return (context) => (file) => {
    const { factory } = context;
    const standsForEarlier = (node: ts.ShorthandPropertyAssignment): boolean =>
      checker.getShorthandAssignmentValueSymbol(node)?.declarations?.some(isEarlier) ?? false;
    const visit = (node: ts.Node): ts.Node => {
      if (!real.isShorthandPropertyAssignment(node) || !standsForEarlier(node))
        return real.visitEachChild(node, visit, context);
      const value = factory.createPropertyAccessExpression(
        factory.createIdentifier('exports'),
        node.name.text,
      );
      const fallback = node.objectAssignmentInitializer;
      const target = fallback
        ? factory.createAssignment(value, real.visitNode(fallback, visit) as ts.Expression)
        : value;
      return factory.createPropertyAssignment(node.name.text, target);
    };
    return real.visitEachChild(file, visit, context);
  };
}

/** tslab's compiler ends enum and namespace code with a marker; without it tslab takes that code for the result. */
export function markDeclarations(real: FullTs): Factory {
  return (context) => (file) => {
    const statements = file.statements.flatMap((statement) => {
      const original = real.getOriginalNode(statement);
      const declares = real.isEnumDeclaration(original) || real.isModuleDeclaration(original);
      return declares && real.isExpressionStatement(statement)
        ? [statement, context.factory.createNotEmittedStatement(original)]
        : [statement];
    });
    return statements.length === file.statements.length
      ? file
      : context.factory.updateSourceFile(file, statements);
  };
}

/** What the module form of a cell says about it. */
export interface CellFacts {
  names: string[];
  imports: string[];
}

/**
 * `let x; export { x }` becomes `export let x`: later cells and captured functions then share one live variable.
 * Notes the cell's names and imports on the way.
 */
export function liveBindings(real: FullTs, facts: CellFacts): Factory {
  return (context) => (file) => {
    facts.names = exportedNames(real, file);
    facts.imports = file.statements
      .filter(real.isImportDeclaration)
      .map((statement) => (statement.moduleSpecifier as ts.StringLiteral).text);
    const moved = new Set<string>();
    const statements = file.statements.map((statement) => exportInPlace(real, statement, facts.names, moved));
    return context.factory.updateSourceFile(
      file,
      statements.map((statement) => withoutNames(real, statement, moved)),
    );
  };
}

function exportedNames(real: FullTs, file: ts.SourceFile): string[] {
  return file.statements.flatMap((statement) => {
    if (!real.isExportDeclaration(statement) || statement.moduleSpecifier) return [];
    const clause = statement.exportClause;
    return clause && real.isNamedExports(clause) ? clause.elements.map((element) => element.name.text) : [];
  });
}

function exportInPlace(
  real: FullTs,
  statement: ts.Statement,
  exported: readonly string[],
  moved: Set<string>,
): ts.Statement {
  if (!real.isVariableStatement(statement) || statement.modifiers?.length) return statement;
  const list = statement.declarationList;
  if ((list.flags & real.NodeFlags.BlockScoped & ~real.NodeFlags.Let) !== 0) return statement;
  const names = list.declarations.flatMap((declaration) => boundNames(real, declaration.name));
  if (!names.every((name) => exported.includes(name))) return statement;
  for (const name of names) moved.add(name);
  const modifiers = [real.factory.createModifier(real.SyntaxKind.ExportKeyword)];
  return real.setTextRange(real.factory.createVariableStatement(modifiers, list), statement);
}

function boundNames(real: FullTs, name: ts.BindingName): string[] {
  if (real.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) =>
    real.isBindingElement(element) ? boundNames(real, element.name) : [],
  );
}

function withoutNames(real: FullTs, statement: ts.Statement, moved: ReadonlySet<string>): ts.Statement {
  if (!real.isExportDeclaration(statement) || statement.moduleSpecifier || moved.size === 0) return statement;
  const clause = statement.exportClause;
  if (!clause || !real.isNamedExports(clause)) return statement;
  const { factory } = real;
  const left = clause.elements.filter((element) => !moved.has(element.name.text));
  return factory.updateExportDeclaration(
    statement,
    statement.modifiers,
    statement.isTypeOnly,
    factory.updateNamedExports(clause, left),
    undefined,
    undefined,
  );
}

/**
 * `import(x)` becomes a call that the runtime answers natively: ESM-only packages and top-level await work.
 * `import.meta`, which CommonJS has not, becomes a property of the same function.
 */
export function nativeImport(real: FullTs): Factory {
  return (context) => (file) => {
    const visit = (node: ts.Node): ts.Node => {
      const seen = real.visitEachChild(node, visit, context);
      const callee = context.factory.createIdentifier(IMPORT_FUNCTION);
      if (real.isMetaProperty(seen) && seen.keywordToken === real.SyntaxKind.ImportKeyword)
        return context.factory.createPropertyAccessExpression(callee, 'meta');
      if (!real.isCallExpression(seen) || seen.expression.kind !== real.SyntaxKind.ImportKeyword) return seen;
      return context.factory.updateCallExpression(seen, callee, undefined, seen.arguments);
    };
    return real.visitEachChild(file, visit, context);
  };
}

/**
 * CommonJS output of a cell writes to one shared `exports`: names start with what they had (no `= void 0`), and an
 * imported name is a plain value that a later cell may redeclare (no getter).
 */
export function sharedExports(real: FullTs): Factory {
  return (context) => (file) => {
    const statements = file.statements.flatMap((statement): ts.Statement[] => {
      if (!real.isExpressionStatement(statement)) return [statement];
      if (isVoidChain(real, statement.expression)) return [];
      const getter = definedGetter(real, statement.expression);
      if (getter === undefined) return [statement];
      return getter === null ? [] : [assignment(context.factory, getter)];
    });
    return context.factory.updateSourceFile(file, statements);
  };
}

function isExportsAccess(real: FullTs, node: ts.Node): boolean {
  return (
    real.isPropertyAccessExpression(node) &&
    real.isIdentifier(node.expression) &&
    node.expression.text === 'exports'
  );
}

function isVoidChain(real: FullTs, node: ts.Expression): boolean {
  if (!real.isBinaryExpression(node) || !isExportsAccess(real, node.left)) return false;
  return real.isVoidExpression(node.right) || isVoidChain(real, node.right);
}

/** The name and value of `Object.defineProperty(exports, name, { get })`; null for the `__esModule` mark. */
function definedGetter(
  real: FullTs,
  node: ts.Expression,
): { name: string; value: ts.Expression } | null | undefined {
  if (!real.isCallExpression(node) || !real.isPropertyAccessExpression(node.expression)) return undefined;
  const [target, key, descriptor] = node.arguments;
  if (node.expression.name.text !== 'defineProperty' || !target || !key || !descriptor) return undefined;
  if (!real.isIdentifier(target) || target.text !== 'exports' || !real.isStringLiteral(key)) return undefined;
  if (key.text === '__esModule') return null;
  if (!real.isObjectLiteralExpression(descriptor)) return undefined;
  const get = descriptor.properties.find(
    (property) => real.isPropertyAssignment(property) && real.isFunctionExpression(property.initializer),
  ) as (ts.PropertyAssignment & { initializer: ts.FunctionExpression }) | undefined;
  const [body] = get?.initializer.body.statements ?? [];
  if (!body || !real.isReturnStatement(body) || !body.expression) return undefined;
  return { name: key.text, value: body.expression };
}

function assignment(
  factory: ts.NodeFactory,
  { name, value }: { name: string; value: ts.Expression },
): ts.Statement {
  const target = factory.createPropertyAccessExpression(factory.createIdentifier('exports'), name);
  return factory.createExpressionStatement(factory.createAssignment(target, value));
}
