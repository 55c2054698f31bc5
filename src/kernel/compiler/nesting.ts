/** How deep a cell's code may be nested. */
import type ts from 'typescript';

import type { FullTs } from './internals';

/**
 * Arrays, objects and arguments within each other that a cell may have. TypeScript asks for each of them what is
 * expected there by going through all around it, and again for each of those: the time grows with the third power,
 * about 0.1 s for 500, 15 s for 2,000 and a minute for 4,000 on two cores of an AMD EPYC with much else to do.
 */
const DEEPEST = 500;

/** Code that the compiler, which calls itself for each level of it, has no room or no time for. */
export class TooDeepError extends RangeError {
  constructor() {
    super('Cannot compile the cell: expected code that the compiler has room for, got one nested too deeply');
  }
}

/** @throws TooDeepError where compiling the code would take minutes */
export function refuseDeep(real: FullTs, code: string): void {
  // Most code is known to be flat without parsing it.
  if (
    brackets(code) > DEEPEST &&
    levels(real, real.createSourceFile('cell.ts', code, real.ScriptTarget.Latest)) > DEEPEST
  )
    throw new TooDeepError();
}

/** The most brackets that are open at one place, those in strings included. */
function brackets(code: string): number {
  let [open, most] = [0, 0];
  for (const letter of code) {
    if ('([{'.includes(letter)) most = Math.max(most, (open += 1));
    else if (')]}'.includes(letter)) open = Math.max(0, open - 1);
  }
  return most;
}

/** The most arrays, objects, functions and argument lists that are around one place. */
function levels(real: FullTs, file: ts.SourceFile): number {
  let most = 0;
  const open: [node: ts.Node, level: number][] = [[file, 0]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [node, level] = next;
    most = Math.max(most, level);
    const callee = real.isCallOrNewExpression(node) ? node.expression : undefined;
    const inside = level + (isCostly(real, node) ? 1 : 0);
    real.forEachChild(node, (child) => void open.push([child, child === callee ? level : inside]));
  }
  return most;
}

const isCostly = (real: FullTs, node: ts.Node): boolean =>
  real.isArrayLiteralExpression(node) ||
  real.isObjectLiteralExpression(node) ||
  real.isCallOrNewExpression(node) ||
  real.isArrowFunction(node) ||
  real.isFunctionExpression(node);
