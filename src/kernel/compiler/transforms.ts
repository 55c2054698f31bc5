/** Rewrites of a cell's code on its way to JavaScript, each mending one fault of stock tslab. */
import type ts from 'typescript';

import type { ImportedModule } from '../link/messages';
import { EARLIER } from '../link/names';
import type { FullTs } from './internals';
import { isEarlier } from './settled';

type Factory = ts.TransformerFactory<ts.SourceFile>;

/** `{ a }` with `a` from an earlier cell stands for `{ a: earlier.a }`; tslab leaves a free variable. */
function expandShorthand(real: FullTs, checker: ts.TypeChecker): Factory {
  return (context) => (file) => {
    const { factory } = context;
    const standsForEarlier = (node: ts.ShorthandPropertyAssignment): boolean =>
      checker.getShorthandAssignmentValueSymbol(node)?.declarations?.some(isEarlier) ?? false;
    const visit = (node: ts.Node): ts.Node => {
      if (!real.isShorthandPropertyAssignment(node) || !standsForEarlier(node))
        return real.visitEachChild(node, visit, context);
      const value = factory.createPropertyAccessExpression(factory.createIdentifier(EARLIER), node.name.text);
      const fallback = node.objectAssignmentInitializer;
      const target = fallback
        ? factory.createAssignment(value, real.visitNode(fallback, visit) as ts.Expression)
        : value;
      return factory.createPropertyAssignment(node.name.text, target);
    };
    return real.visitEachChild(file, visit, context);
  };
}

/**
 * `{ a: b } = f()` where an earlier cell says what `f` gives: `a` is a property, which tslab takes for a name of that
 * cell. A copy is none that the compiler knows.
 */
function keepPropertyNames(real: FullTs, checker: ts.TypeChecker): Factory {
  return (context) => (file) => {
    const { factory } = context;
    const isOfEarlier = (name: ts.Node): boolean =>
      checker.getSymbolAtLocation(name)?.declarations?.some(isEarlier) ?? false;
    const visit = (node: ts.Node): ts.Node => {
      const { propertyName } = node as { propertyName?: ts.Node };
      const inner = real.visitEachChild(node, visit, context);
      if (!real.isBindingElement(inner) || !propertyName || !real.isIdentifier(propertyName)) return inner;
      if (!isOfEarlier(propertyName)) return inner;
      const copy = real.setTextRange(factory.createIdentifier(propertyName.text), propertyName);
      return factory.updateBindingElement(inner, inner.dotDotDotToken, copy, inner.name, inner.initializer);
    };
    return real.visitEachChild(file, visit, context);
  };
}

/** What makes tslab tell names of earlier cells from properties. */
export const earlierNames = (real: FullTs, checker: ts.TypeChecker): Factory[] => [
  expandShorthand(real, checker),
  keepPropertyNames(real, checker),
];

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
  imports: ImportedModule[];
  /** Names that the cell declares to be there already: `declare const x`, `declare global { … }`. */
  ambient: string[];
}

/** Notes a cell's names and imports. */
export function noteFacts(real: FullTs, facts: CellFacts): Factory {
  return () => (file) => {
    const { statements } = real.getOriginalNode(file) as ts.SourceFile;
    facts.ambient = statements.flatMap((statement) => ambientNames(real, statement));
    facts.names = [...new Set(exportedNames(real, file))].filter((name) => !facts.ambient.includes(name));
    facts.imports = file.statements
      .filter(real.isImportDeclaration)
      .map((each) => importedModule(real, each));
    return file;
  };
}

function ambientNames(real: FullTs, statement: ts.Statement): string[] {
  const modifiers = real.canHaveModifiers(statement) ? real.getModifiers(statement) : undefined;
  if (!modifiers?.some(({ kind }) => kind === real.SyntaxKind.DeclareKeyword)) return [];
  if (real.isModuleDeclaration(statement) && statement.flags & real.NodeFlags.GlobalAugmentation) {
    const { body } = statement;
    return body && real.isModuleBlock(body)
      ? body.statements.flatMap((each) => declaredNames(real, each))
      : [];
  }
  return declaredNames(real, statement);
}

function declaredNames(real: FullTs, statement: ts.Statement): string[] {
  if (real.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => boundNames(real, name));
  const { name } = statement as ts.Statement & { name?: ts.Node };
  return name && real.isIdentifier(name) ? [name.text] : [];
}

/** The names in a name or a pattern. */
export function boundNames(real: FullTs, name: ts.BindingName): string[] {
  if (real.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) =>
    real.isBindingElement(element) ? boundNames(real, element.name) : [],
  );
}

function exportedNames(real: FullTs, file: ts.SourceFile): string[] {
  return file.statements.flatMap((statement) => {
    if (!real.isExportDeclaration(statement) || statement.moduleSpecifier) return [];
    const clause = statement.exportClause;
    return clause && real.isNamedExports(clause) ? clause.elements.map((element) => element.name.text) : [];
  });
}

/** `*` stands for the whole module. */
function importedModule(
  real: FullTs,
  { importClause, moduleSpecifier }: ts.ImportDeclaration,
): ImportedModule {
  const specifier = (moduleSpecifier as ts.StringLiteral).text;
  const bindings = [];
  if (importClause?.name) bindings.push({ name: importClause.name.text, imported: 'default' });
  const named = importClause?.namedBindings;
  if (named && real.isNamespaceImport(named)) bindings.push({ name: named.name.text, imported: '*' });
  if (named && real.isNamedImports(named))
    for (const { name, propertyName } of named.elements)
      bindings.push({ name: name.text, imported: (propertyName ?? name).text });
  return { specifier, bindings };
}
