/**
 * What lets an interrupt reach running code, added to the code as it stands: loops and functions look at a flag, awaits
 * give way to the interrupt, and no `catch` keeps it. Everything else stays as it was written, async functions included.
 */
import type ts from 'typescript';

import {
  CATCH_FUNCTION,
  CAUGHT,
  EACH_FUNCTION,
  IMPORT_FUNCTION,
  STOP,
  STOP_FLAG,
  WAIT_FUNCTION,
} from '../link/names';
import type { Edits } from './edits';
import type { FullTs } from './internals';

const FLAG = `${STOP_FLAG}[0]`;
const THROW = `if(${FLAG})throw\`\${${STOP}}\`;`;

/** The function, if any, that a piece of code belongs to, and whether a `try` of the same function is around it. */
export interface Around {
  readonly isAsyncGenerator: boolean;
  readonly isInTry: boolean;
}

/** Adds the checks of one node; `leave` what comes behind its children. */
export class Checks {
  constructor(
    private readonly real: FullTs,
    private readonly file: ts.SourceFile,
    private readonly edits: Edits,
  ) {}

  /** Before the node's children. */
  enter(node: ts.Node, around: Around): void {
    const { real } = this;
    if (real.isFunctionLike(node)) this.enterFunction(node);
    else if (real.isIterationStatement(node, false)) this.enterLoop(node, around);
    else if (real.isLabeledStatement(node) && this.isLoop(node) && around.isInTry) this.openLoop(node);
    else if (real.isAwaitExpression(node)) this.open(node.expression, WAIT_FUNCTION);
    else if (real.isYieldExpression(node) && around.isAsyncGenerator && node.expression)
      this.open(node.expression, node.asteriskToken ? EACH_FUNCTION : WAIT_FUNCTION);
    else if (real.isReturnStatement(node) && around.isAsyncGenerator && node.expression)
      this.open(node.expression, WAIT_FUNCTION);
    else if (real.isCatchClause(node)) this.enterCatch(node);
    else this.enterImport(node);
  }

  /** Behind the node's children. */
  leave(node: ts.Node, around: Around): void {
    const { real } = this;
    if (real.isArrowFunction(node) && !real.isBlock(node.body) && callsOn(real, node.body))
      this.edits.insert(node.end, ')');
    else if (real.isIterationStatement(node, false)) this.leaveLoop(node, around);
    else if (real.isLabeledStatement(node) && this.isLoop(node) && around.isInTry) this.closeLoop(node);
    else if (real.isCatchClause(node) && hasPattern(real, node)) this.edits.insert(node.end, '}');
    else if (real.isAwaitExpression(node)) this.edits.insert(node.end, ')');
    else if ((real.isYieldExpression(node) || real.isReturnStatement(node)) && around.isAsyncGenerator)
      if (node.expression) this.edits.insert(node.expression.end, ')');
  }

  private open(expression: ts.Expression, name: string): void {
    this.edits.insert(expression.getStart(this.file), `${name}(`);
  }

  /** A function that neither calls anything nor loops ends by itself. */
  private enterFunction(node: ts.SignatureDeclaration): void {
    const { real, file } = this;
    const { body } = node as ts.FunctionLikeDeclaration;
    if (!body || !callsOn(real, body)) return;
    if (!real.isBlock(body)) {
      this.edits.insert(body.getStart(file), `(${FLAG}?\`\${${STOP}}\`:`);
      return;
    }
    const directives = body.statements.filter((each) => real.isPrologueDirective(each));
    this.edits.insert(directives.at(-1)?.end ?? body.getStart(file) + 1, THROW);
  }

  /** Inside a `try` a throw would make V8 keep the loop's numbers in memory; there the loop is left, then it throws. */
  private enterLoop(node: ts.IterationStatement, { isInTry }: Around): void {
    const { real, file } = this;
    if (isInTry && !real.isLabeledStatement(node.parent)) this.openLoop(node);
    if (real.isForOfStatement(node) && node.awaitModifier) {
      this.open(node.expression, EACH_FUNCTION);
      this.edits.insert(node.expression.end, ')');
    }
    const check = isInTry ? `if(${FLAG})break;` : THROW;
    const { statement } = node;
    const start = statement.getStart(file);
    if (real.isBlock(statement)) this.edits.insert(start + 1, check);
    else this.edits.insert(start, `{${check}`);
  }

  private leaveLoop(node: ts.IterationStatement, { isInTry }: Around): void {
    const { real } = this;
    if (!real.isBlock(node.statement)) this.edits.insert(node.statement.end, '}');
    if (isInTry && !real.isLabeledStatement(node.parent)) this.closeLoop(node);
  }

  private openLoop(node: ts.Node): void {
    if (!this.real.isLabeledStatement(node.parent)) this.edits.insert(node.getStart(this.file), '{');
  }

  private closeLoop(node: ts.Node): void {
    if (!this.real.isLabeledStatement(node.parent)) this.edits.insert(node.end, `${THROW}}`);
  }

  private isLoop({ statement }: ts.LabeledStatement): boolean {
    const { real } = this;
    return real.isLabeledStatement(statement)
      ? this.isLoop(statement)
      : real.isIterationStatement(statement, false);
  }

  private enterCatch(node: ts.CatchClause): void {
    const { edits, file } = this;
    const { variableDeclaration: declared, block } = node;
    const inside = block.getStart(file) + 1;
    if (!declared) {
      edits.insert(inside - 1, `(${CAUGHT})`);
      edits.insert(inside, `${CATCH_FUNCTION}(${CAUGHT});`);
      return;
    }
    if (hasPattern(this.real, node)) this.openPattern(node);
    else edits.insert(inside, `${CATCH_FUNCTION}(${declared.name.getText(file)});`);
  }

  /** What stands in a pattern stays where it is: the pattern becomes a declaration in a block around the clause's own. */
  private openPattern(node: ts.CatchClause): void {
    const { edits, file } = this;
    const [, open, , close] = node.getChildren(file);
    if (!open || !close) return; // a clause without its parentheses does not parse
    edits.replace(open.getStart(file), open.end, `(${CAUGHT}){${CATCH_FUNCTION}(${CAUGHT});let `);
    edits.replace(close.getStart(file), close.end, `=${CAUGHT};`);
  }

  /** `import(x)` is answered by the runtime; `import.meta` is a property of the same function. */
  private enterImport(node: ts.Node): void {
    const { real, file } = this;
    if (real.isMetaProperty(node) && node.keywordToken === real.SyntaxKind.ImportKeyword)
      this.edits.replace(node.getStart(file), node.end, `${IMPORT_FUNCTION}.meta`);
    else if (real.isCallExpression(node) && this.isImport(node.expression))
      this.edits.replace(node.expression.getStart(file), node.expression.end, IMPORT_FUNCTION, 'import');
  }

  private isImport(callee: ts.Node): boolean {
    const { real } = this;
    return (
      callee.kind === real.SyntaxKind.ImportKeyword ||
      (real.isIdentifier(callee) && callee.text === IMPORT_FUNCTION)
    );
  }
}

const hasPattern = (real: FullTs, { variableDeclaration: declared }: ts.CatchClause): boolean =>
  declared !== undefined && !real.isIdentifier(declared.name);

/** Does the code call anything, itself or in what it may run: a loop, an await, a function that it makes? */
function callsOn(real: FullTs, body: ts.Node): boolean {
  const { SyntaxKind } = real;
  const goesOn = (node: ts.Node): boolean =>
    real.isCallOrNewExpression(node) ||
    node.kind === SyntaxKind.TaggedTemplateExpression ||
    node.kind === SyntaxKind.AwaitExpression ||
    node.kind === SyntaxKind.YieldExpression ||
    real.isIterationStatement(node, false);
  const visit = (node: ts.Node): boolean => goesOn(node) || real.forEachChild(node, visit) === true;
  return visit(body);
}
