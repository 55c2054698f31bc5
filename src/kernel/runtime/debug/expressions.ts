/** Expressions that the user writes into the debugger, with the names of all cells known in them. */
import { Script } from 'node:vm';

import { DEBUGGED } from '../../link/names';

const NAME = /(?<![.\w$\p{ID_Continue}])[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/gu;
const WORDS = new Set(
  (
    'arguments async await break case catch class const continue debugger default delete do else enum eval export extends ' +
    'false finally for function if implements import in instanceof interface let new null of package private protected ' +
    'public return static super switch this throw true try typeof undefined var void while with yield'
  ).split(' '),
);

/** Words in an expression that may be names of variables. */
export const namesIn = (expression: string): string[] =>
  [...new Set([...expression.matchAll(NAME)].map(([name]) => name))].filter((name) => !WORDS.has(name));

/** Whether the text is an expression or statements. */
export function isSource(text: string): boolean {
  try {
    return Boolean(new Script(`async () => {${text}\n}`));
  } catch {
    return false;
  }
}

/** `{ a: 1 }` is an object, not a block. */
const evaluated = (expression: string): string =>
  /^\s*\{[^]*\}\s*$/.test(expression) ? `(${expression})` : expression;

const evalOf = (expression: string): string => `eval(${JSON.stringify(evaluated(expression))})`;

/** For V8 to evaluate at each pass: a name that the place does not know is that of a cell. */
export function withNames(expression: string): string {
  const names = namesIn(expression);
  const values = names.map(
    (name) => `(()=>{try{return ${name}}catch{return ${DEBUGGED}.value(${JSON.stringify(name)})}})()`,
  );
  return `((${names.join(',')})=>${evalOf(expression)})(${values.join(',')})`;
}

/** With the names that were lent to it (debug/face.ts), which keep what the expression assigns. */
export function withLent(expression: string, names: readonly string[]): string {
  if (names.length === 0) return evaluated(expression);
  const list = names.join(',');
  const values = names.map((name) => `${DEBUGGED}.lent[${JSON.stringify(name)}]`).join(',');
  return `((${list})=>{try{return ${evalOf(expression)}}finally{${DEBUGGED}.keep({${list}})}})(${values})`;
}
