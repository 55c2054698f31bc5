/** Rewrites that concern how code runs: loops that can be interrupted, async functions that keep their names. */
import type ts from 'typescript';

import { ASYNC_SUFFIX, STOP_FLAG, STOP_FUNCTION } from '../link/names';
import type { FullTs } from './internals';

type Factory = ts.TransformerFactory<ts.SourceFile>;

/** Loops of a cell look at the interrupt flag each time round, so that an interrupt is thrown and `finally` runs. */
export function checkedLoops(real: FullTs): Factory {
  return (context) => (file) => {
    const { factory } = context;
    const check = (): ts.Statement =>
      factory.createIfStatement(
        factory.createElementAccessExpression(factory.createIdentifier(STOP_FLAG), 0),
        factory.createExpressionStatement(
          factory.createCallExpression(factory.createIdentifier(STOP_FUNCTION), undefined, []),
        ),
      );
    const visit = (node: ts.Node): ts.Node => {
      const seen = real.visitEachChild(node, visit, context);
      if (!real.isIterationStatement(seen, false)) return seen;
      const { statement } = seen;
      const inner = real.isBlock(statement) ? statement.statements : [statement];
      return withBody(real, seen, factory.createBlock([check(), ...inner]));
    };
    return real.visitEachChild(file, visit, context);
  };
}

function withBody(real: FullTs, loop: ts.IterationStatement, body: ts.Block): ts.Node {
  const { factory } = real;
  if (real.isForStatement(loop))
    return factory.updateForStatement(loop, loop.initializer, loop.condition, loop.incrementor, body);
  if (real.isForOfStatement(loop))
    return factory.updateForOfStatement(loop, loop.awaitModifier, loop.initializer, loop.expression, body);
  if (real.isForInStatement(loop))
    return factory.updateForInStatement(loop, loop.initializer, loop.expression, body);
  if (real.isWhileStatement(loop)) return factory.updateWhileStatement(loop, loop.expression, body);
  return real.isDoStatement(loop) ? factory.updateDoStatement(loop, body, loop.expression) : loop;
}

/** The generator inside a compiled async function carries the function's name, so that stack traces show it. */
export function namedGenerators(real: FullTs): Factory {
  return (context) => (file) => {
    const { factory } = context;
    const visit = (node: ts.Node, name: string): ts.Node => {
      const inner = declaredName(real, node) ?? name;
      const seen = real.visitEachChild(node, (child) => visit(child, inner), context);
      if (inner === '' || !real.isFunctionExpression(seen) || seen.name || !seen.asteriskToken) return seen;
      const { modifiers, asteriskToken, typeParameters, parameters, type, body } = seen;
      const identifier = factory.createIdentifier(`${inner}${ASYNC_SUFFIX}`);
      return factory.updateFunctionExpression(
        seen,
        modifiers,
        asteriskToken,
        identifier,
        typeParameters,
        parameters,
        type,
        body,
      );
    };
    return visit(file, '') as ts.SourceFile;
  };
}

function declaredName(real: FullTs, node: ts.Node): string | undefined {
  const named =
    real.isFunctionDeclaration(node) ||
    real.isMethodDeclaration(node) ||
    real.isVariableDeclaration(node) ||
    real.isPropertyAssignment(node) ||
    real.isPropertyDeclaration(node);
  return named && node.name && real.isIdentifier(node.name) ? node.name.text : undefined;
}
