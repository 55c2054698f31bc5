/** Declarations that have settled mean what they meant before. */
import assert from 'node:assert/strict';
import { resolve } from 'node:path';

import { Session } from '../../../src/kernel/language/session';
import { type Converter, loadTslab } from '../../../src/kernel/language/tslab';

const language = loadTslab(resolve(__dirname, '../../..'));
const ALWAYS = 0;
const NEVER = Infinity;

/** Cells whose names later cells use, hide and declare anew, in each way that TypeScript has. */
const CELLS = [
  `import { join, type ParsedPath } from 'node:path'; import * as os from 'node:os'`,
  `let counter = 1; const read = () => counter; const { a, b: [c] } = { a: 1, b: ['x'] }`,
  `interface Point { x: number } type Pair<T> = [T, T]; enum Color { Red, Blue } const enum Size { Big = 7 }`,
  `class Animal { constructor(readonly name: string) {} speak() { return this.name } }`,
  `function twice(x: number): number; function twice(x: string): string; function twice(x: any) { return x + x }`,
  `const pet = new Animal('Rex'); const both: Pair<Point> = [{ x: 1 }, { x: 2 }]`,
  `counter += 1; [counter, read(), { counter, pet }, join('a', c), os.EOL, Color.Blue, Size.Big]`,
  `class Dog extends Animal { speak() { return twice(super.speak()) } } const dog: Animal = new Dog('d')`,
  `const wrong: string = counter`,
  `undefinedName + 1`,
  `type P = ParsedPath; const same: typeof both = both; ({ a, c }) => ({ a, c, pet })`,
  `counter = 5; for (const counter of [1]) twice(counter)`,
  `const pet = 3; pet.toFixed()`,
  `class Animal { legs = 4 } new Animal().legs`,
  `dog.speak()`,
  `type Point = string; const p: Point = 'p'; both`,
  `let Color = 'red'; Color.length`,
  `const join = (x: number) => x; join(1); await Promise.resolve(os)`,
  `interface Point { y: number } const q: Point = { y: 1 }; q.y`,
  `function twice(x: boolean) { return !x } twice(true)`,
  `twice('text')`,
  `[counter, read(), a, c, pet, Color, join(2), p, q]`,
];

describe('settled declarations', function () {
  this.timeout(60_000);
  let session: Session | undefined;

  const close = (): void => {
    session?.close();
    session = undefined;
  };
  const open = (much: number, of = language): Session => {
    close();
    return (session = new Session(of, much));
  };
  afterEach(close);

  const compileAll = (much: number): unknown[] => {
    const opened = open(much);
    return CELLS.map((code, at) => {
      const result = opened.compile(code);
      opened.commit(at % 7 === 5 ? ['both'] : []);
      return result;
    });
  };

  it('give every cell the same code and the same errors', () => {
    const expected = compileAll(NEVER);
    const failed = expected.flatMap((result, at) => ('diagnostics' in (result as object) ? [at] : []));
    assert.ok(failed.length > 2 && failed.length < CELLS.length / 2, `failing cells: ${failed.join()}`);
    assert.deepEqual(compileAll(ALWAYS), expected);
  });

  it('complete and explain as before', () => {
    const ask = (much: number) => {
      const opened = open(much);
      for (const code of CELLS.slice(0, 6)) {
        opened.compile(code);
        opened.commit([]);
      }
      return [opened.complete('cou', 3), opened.complete('pet.', 4), opened.inspect('twice(1)', 2, 0)];
    };
    const answers = ask(NEVER);
    assert.match(JSON.stringify(answers), /counter.*speak.*twice\(x: number\): number/s);
    assert.deepEqual(ask(ALWAYS), answers);
  });

  it('are not read again with every cell, except where one of them is declared anew', () => {
    const lengths: number[] = [];
    const createConverter = (): Converter => {
      const converter = language.createConverter();
      const convert: Converter['convert'] = (earlier, code) => {
        lengths.push(earlier.length);
        return converter.convert(earlier, code);
      };
      return { ...converter, convert };
    };
    const opened = open(200, { ...language, createConverter });
    const run = (code: string): number => {
      opened.compile(code);
      opened.commit([]);
      return lengths.at(-1) ?? 0;
    };
    for (let i = 0; i < 60; i++) run(`const value${i}: number[] = [${i}]`);
    assert.equal(lengths.length, 60, 'one conversion a cell');
    assert.ok(Math.max(...lengths) < 260, `tslab was given ${Math.max(...lengths)} characters`);
    assert.ok(run(`const value3 = 'anew'`) > 1500);
    assert.equal(lengths.length, 62, 'once more, with all declarations');
    for (let again = 0; again < 5; again++) run(`const value3 = 'anew'`);
    assert.equal(lengths.length, 67, 'not moved there and back each time');
  });
});
