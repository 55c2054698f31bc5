/** Syntax newer than ES2017 keeps its meaning in async functions, which the kernel compiles to generators. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';

import ts from 'typescript';

import { toText } from '../../../src/kernel/runtime/bundle';
import { Cells } from '../cells';

/** Bodies of an async function; where Node 20 lacks the syntax, the value that the standard asks for stands beside. */
const BODIES: readonly (readonly [name: string, body: string, expected?: unknown])[] = [
  ['catch without a binding', `try { await Promise.reject(1) } catch { return 'caught' } return 0`],
  [
    'such a catch in a function inside',
    `const f = () => { try { throw 1 } catch { return 2 } }; return [await 1, f()]`,
  ],
  [
    'a catch binding that patterns take apart',
    `try { await Promise.reject({ a: 1, b: 2, c: 3 }) } catch ({ a, ...rest }: any) { return [a, rest] } return 0`,
  ],
  [
    'a variable named as the catch binding',
    `var e = 1; try { throw 2 } catch (e) { var e = 3; await e } return e`,
  ],
  ['optional chains', `const o: any = {}; return [o?.a?.[await 1]?.(2), await o.f?.(), delete o?.a?.b]`],
  ['nullish coalescing', `const o: any = { z: 0 }; return [o.z ?? 1, o.y ?? (await 2), (await null) ?? 3]`],
  [
    'logical assignment',
    `let n = 0; const o: any = { t: 1 }; const at = (key: string) => (n++, key);
     o[at('a')] ??= await 1; o[at('b')] ||= await 2; o[at('t')] &&= await 3; o.a ??= await (n = 99); return [o, n]`,
  ],
  [
    'class fields',
    `class A { a = 1; static b = 2; ['c'] = 4; #d = 5; d() { return this.#d } static #e = 6; static e() { return A.#e } }
     await null; return [new A(), new A().d(), A.b, A.e(), Object.keys(new A())]`,
  ],
  [
    'fields that are defined, not assigned',
    `class A { set x(_: number) { throw 1 } } class B extends (A as any) { x = await1 } const await1 = await 1; return new B().x`,
  ],
  [
    'private async methods',
    `class A { #v = 1; async #m() { await null; return this.#v } m() { return this.#m() } static async #s() { return await 2 } static s() { return A.#s() } }
     return [await new A().m(), await A.s()]`,
  ],
  [
    'a private name with in',
    `class A { #v = 1; static has(o: object) { return #v in o } } await null; return [A.has(new A()), A.has({})]`,
  ],
  [
    'static blocks',
    `await null; class A { static v: number; static { this.v = 1; try { throw 1 } catch { A.v++ } } } return A.v`,
  ],
  [
    'async functions in fields and static blocks',
    `class A { v = 1; f = async () => (await null, this.v); static w = 2; static g = async () => (await null, this.w);
       static h: () => Promise<number>; static { this.h = async () => (await null, this.w + 1) } }
     return [await new A().f(), await A.g(), await A.h()]`,
  ],
  [
    'super in async methods of classes',
    `class A { v() { return 1 } static s() { return 2 } }
     class B extends A { async m() { await null; return super.v() } static async s2() { return (async () => super.s())() } }
     return [await new B().m(), await B.s2()]`,
  ],
  [
    'super in async methods of objects',
    `const base = { v() { return 1 } }; const o = { __proto__: base, async m() { await null; return (super.v as any)() + super['v' as 'v']() } };
     return await o.m()`,
  ],
  [
    'object spread before a getter',
    `let n = 1; const o: any = { ...{ x: 1 }, get b() { return n } }; n = await 2; return o.b`,
  ],
  [
    'object spread before a setter',
    `const o: any = { ...{ v: await 1 }, set v(_: number) {} }; return typeof Object.getOwnPropertyDescriptor(o, 'v')!.set`,
  ],
  [
    'object spread before __proto__',
    `const o: any = { ...{ a: await 1 }, __proto__: { b: 2 } }; return [o.b, Object.keys(o)]`,
  ],
  [
    'object spread after __proto__',
    `const o: any = { __proto__: { set a(_: number) { throw 1 } }, ...{ a: await 1 } }; return o.a`,
  ],
  [
    'object spread of what is no object',
    `const all: any[] = [null, undefined, 'ab', await [1], 3]; return [{ ...all[0], ...all[1], ...all[2], ...all[3], ...all[4] }]`,
  ],
  [
    'object spread of calls in order',
    `const log: number[] = []; const f = (n: number) => (log.push(n), { n }); const o = { ...f(1), m: f(await 2), ...f(3) }; return [log, o]`,
  ],
  [
    'object rest',
    `const key = Symbol('k'); const { a, ['b' as string]: b, ...rest } = await ({ a: 1, b: 2, c: 3, [key]: 4 } as any); return [a, b, rest]`,
  ],
  [
    'object rest in assignments',
    `let a: any, rest: any, o: any = {}; ({ a, ...rest } = await ({ a: 1, b: 2 } as any)); ({ ...o.inner } = rest); return [a, rest, o]`,
  ],
  [
    'object rest in parameters',
    `const f = async ({ a, ...rest }: any, [b, { c, ...deep }]: any = [1, { c: 2, d: 3 }]) => [a, rest, b, c, deep]; return await f({ a: 1, e: 5 })`,
  ],
  [
    'object rest in loops',
    `const out: any[] = []; for (const { a, ...rest } of [{ a: 1, b: await 2 }]) out.push(a, rest); return out`,
  ],
  [
    'for await',
    `const out: any[] = []; async function* two() { yield 1; yield Promise.resolve(2) }
     for await (const x of two()) out.push(x); for await (const x of [Promise.resolve(3), 4]) out.push(x); let y: any; for await (y of [5]); return [out, y]`,
  ],
  [
    'for await with patterns, labels and an early end',
    `const out: any[] = []; async function* g() { try { yield { a: 1, b: 2 }; yield { a: 2, c: 3 }; yield { a: 9 } } finally { out.push('closed') } }
     outer: for (;;) { for await (const { a, ...rest } of g()) { if (a === 1) continue; out.push(a, rest); break outer } } return out`,
  ],
  [
    'async generators',
    `const log: any[] = []; async function* inner(): any { try { log.push(yield 1); yield 2 } catch (e) { log.push(e); return 'r' } finally { log.push('f') } }
     async function* outer(): any { log.push(yield* inner()) } const it = outer();
     log.push(await it.next(), await it.next('sent'), await it.throw('thrown'), await it.next()); return log`,
  ],
  [
    'async generator methods',
    `class A { async *#p() { yield* [1, 2] } async *m() { for await (const x of this.#p()) yield x } static async *s() { yield 3 } }
     const out = []; for await (const x of new A().m()) out.push(x); for await (const x of A.s()) out.push(x); return out`,
  ],
  ['numeric separators and bigints', `return [1_000 + (await 1), 0xff_ff, 1_000n * 2n, 2 ** 3 ** (await 2)]`],
  [
    'regular expressions',
    `await null; return [/(?<y>\\d+)/d.exec('a12')!.groups!.y, /(?<=a)b/.test('ab'), /[\\p{L}--[a-z]]/v.test('a'), /a.b/s.test('a\\nb')]`,
  ],
  [
    'tags of templates',
    `const tag = (s: any, ...v: any[]) => [s.length, s[0], s.raw[0], ...v]; const same = () => ((s: any) => s)\`x\`; return [tag\`\\unicode \${await 1}\`, same() === same()]`,
  ],
  [
    'this and arguments',
    `async function f(this: any, ..._: any[]) { await null; return [this.v, arguments.length, await (async () => arguments[1])()] } return await f.call({ v: 1 }, 2, 3)`,
  ],
  [
    'default parameters',
    `const f = async (a = 1, b = a + 1, { c = await1 } = {} as any) => (await null, [a, b, c]); const await1 = 3; return [await f(), f.length, await f(5)]`,
  ],
  [
    'errors in default parameters',
    `const f = async (a = (() => { throw new Error('late') })()) => a; return await f().catch((e: Error) => e.message)`,
  ],
  [
    'loops with closures',
    `const fs: (() => number)[] = []; for (let i = 0; i < 3; i++) { await null; fs.push(() => i) } return fs.map((f) => f())`,
  ],
  [
    'a class that extends what is awaited',
    `class A extends (await Promise.resolve(Array)) { get two() { return 2 } } return [new A().two, new A() instanceof Array]`,
  ],
  [
    'using',
    `const log: any[] = []; const make = (n: number) => ({ n, [Symbol.dispose]() { log.push(n) }, async [Symbol.asyncDispose]() { await null; log.push(-n) } });
     { using a = make(1); await using b = make(2); log.push(a.n + b.n) } for (using c of [make(4)]) log.push(c.n * 2);
     try { using d = make(5); throw await d.n } catch { log.push('caught') } return log`,
    [3, -2, 1, 8, 4, 5, 'caught'],
  ],
  [
    'accessor fields',
    `class A { accessor v = 1; static accessor w = 2 } const a = new A(); a.v += await 1; return [a.v, A.w]`,
    [2, 2],
  ],
];

/** What Node itself makes of a body, its types taken out. */
async function native(body: string): Promise<unknown> {
  const { outputText } = ts.transpileModule(`(async () => {${body}})()`, {
    compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext },
  });
  return await (new Script(outputText).runInThisContext() as Promise<unknown>);
}

describe('newer syntax in async functions', function () {
  this.timeout(60_000);
  let cells: Cells;

  before(() => {
    cells = new Cells();
  });
  after(() => cells.close());

  for (const [at, [name, body, expected]] of BODIES.entries()) {
    it(`${name}: as in Node, in a cell and in a local module`, async () => {
      const wanted = toText(expected ?? (await native(body)));
      assert.equal(await cells.text(`await (async () => {${body}})()`), wanted, 'in a cell');
      const file = `body${at}.ts`;
      writeFileSync(join(cells.folder, file), `export const run = async (): Promise<any> => {${body}};\n`);
      const module = cells.loader.require(`./${file}`, cells.folder) as { run(): Promise<unknown> };
      assert.equal(toText(await module.run()), wanted, 'in a module');
    });
  }

  it('catch without a binding at the top level of a cell', async () => {
    assert.equal(
      await cells.text(`let how = ''; try { await Promise.reject(1) } catch { how = 'ok' }\nhow`),
      "'ok'",
    );
  });
});
