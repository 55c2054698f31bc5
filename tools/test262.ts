/**
 * The test262 suite's tests of async functions, classes, generators and patterns, each compiled as a cell and as it
 * stands; the same files have to pass. `npm run test262 -- PATH [WORD [N]]` with a checkout of tc39/test262: each Nth
 * file whose path holds the word. Every test has a realm of its own, with the kernel's functions in it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { createContext, runInContext, Script } from 'node:vm';

import ts from 'typescript';

import type { FullTs } from '../src/kernel/compiler/internals';
import { CellLowering } from '../src/kernel/compiler/lower';
import { boundNames } from '../src/kernel/compiler/transforms';
import { boxOf, IMPORT_FUNCTION, LAST } from '../src/kernel/link/names';
import type * as CellNames from '../src/kernel/runtime/cell-names';
import type * as Context from '../src/kernel/runtime/context';
import type * as Hidden from '../src/kernel/runtime/hidden';
import type * as Stop from '../src/kernel/runtime/stop';

const FOLDERS =
  'expressions/await expressions/async-arrow-function expressions/async-function expressions/async-generator ' +
  'expressions/generators expressions/yield expressions/class expressions/object expressions/arrow-function ' +
  'statements/async-function statements/async-generator statements/generators statements/class ' +
  'statements/for-await-of statements/for-of statements/for statements/try statements/labeled statements/continue ' +
  'statements/variable statements/let statements/const destructuring computed-property-names';
const RUNTIME = resolve(__dirname, '../src/kernel/runtime');
const TIMEOUT_MS = 5000;
const NODE = { AbortController, Buffer, clearTimeout, console, process, setImmediate, setTimeout };
const real = ts as unknown as FullTs;

interface Test {
  readonly path: string;
  readonly source: string;
  readonly includes: readonly string[];
  readonly isAsync: boolean;
  readonly throws: string | undefined;
}

/** Undefined for what no cell can be: sloppy code, modules, errors of the parser. */
function readTest(path: string): Test | undefined {
  const source = readFileSync(path, 'utf8');
  const head = /\/\*---([^]*?)---\*\//.exec(source)?.[1] ?? '';
  const list = (key: string): string[] =>
    (new RegExp(`^${key}:\\s*\\[([^\\]]*)\\]`, 'm').exec(head)?.[1] ?? '').split(/[\s,]+/).filter(Boolean);
  const flags = list('flags');
  if (['raw', 'noStrict', 'module'].some((flag) => flags.includes(flag))) return undefined;
  if (/phase:\s*(?:parse|early|resolution)/.test(head) || !canAwait(source)) return undefined;
  const throws = /negative:[^]*?type:\s*(\w+)/.exec(head)?.[1];
  return { path, source, includes: list('includes'), isAsync: flags.includes('async'), throws };
}

/** Not where `await` is a name, as it is in scripts alone. */
function canAwait(source: string): boolean {
  try {
    return new Script(`(async function () {"use strict";${source}\n})`) instanceof Script;
  } catch {
    return false;
  }
}

const scripts = new Map<string, Script>();

function scriptOf(path: string, read: () => string): Script {
  let found = scripts.get(path);
  if (!found) scripts.set(path, (found = new Script(read(), { filename: path })));
  return found;
}

/** A realm with the kernel's own modules in it, which then make its promises and not ours. */
class Realm {
  readonly global = createContext({ print: () => undefined, ...NODE }) as Record<string, unknown>;
  private readonly modules = new Map<string, { exports: unknown }>();

  run(path: string, read: () => string): unknown {
    return scriptOf(path, read).runInContext(this.global, { timeout: TIMEOUT_MS });
  }

  load(path: string): unknown {
    const known = this.modules.get(path);
    if (known) return known.exports;
    const module = { exports: {} };
    this.modules.set(path, module);
    const read = (): string => {
      const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS };
      const code = ts.transpileModule(readFileSync(path, 'utf8'), { compilerOptions: options }).outputText;
      return `(function (exports, require, module) {${code}\n})`;
    };
    const wrapper = this.run(path, read) as (...args: unknown[]) => void;
    wrapper(module.exports, (name: string) => this.require(name, path), module);
    return module.exports;
  }

  private require(name: string, from: string): unknown {
    if (name.startsWith('.')) return this.load(`${join(dirname(from), name)}.ts`);
    if (name !== 'node:vm') return createRequire(from)(name) as unknown;
    const { global } = this;
    return {
      Script: class {
        constructor(private readonly code: string) {}
        runInThisContext(): unknown {
          return runInContext(this.code, global);
        }
      },
    };
  }
}

function namesOf(source: string): string[] {
  const file = ts.createSourceFile('test.js', source, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  const names = file.statements.flatMap((statement) => {
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.flatMap(({ name }) => boundNames(real, name));
    const isNamed = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
    return isNamed && statement.name ? [statement.name.text] : [];
  });
  return [...new Set(names)];
}

/** Code to run in the realm, which gives a function without arguments. */
function asCell(realm: Realm, { source, path }: Test): () => unknown {
  const stop = realm.load(join(RUNTIME, 'stop.ts')) as typeof Stop;
  const { cells, CellContext, enter } = realm.load(join(RUNTIME, 'context.ts')) as typeof Context;
  const { Boxes } = realm.load(join(RUNTIME, 'cell-names.ts')) as typeof CellNames;
  const { helperNames, helpers } = realm.load(join(RUNTIME, 'hidden.ts')) as typeof Hidden;
  stop.defineConstants();
  const facts = { names: namesOf(source), imports: [], ambient: [] };
  const compilerOptions = { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext };
  const emitted = ts.transpileModule(`${source}\nexport {};\n`, { fileName: 'test.js', compilerOptions });
  const { code, boxes } = new CellLowering(real).lower(emitted.outputText, facts, undefined);
  const parameters = [LAST, IMPORT_FUNCTION, ...helperNames, ...boxes.map(boxOf)].join(', ');
  const made = `(function (${parameters}) {"use strict";${code}\n})`;
  const body = new Script(made, { filename: path }).runInContext(realm.global) as (
    ...args: unknown[]
  ) => unknown;
  const cell = new CellContext('test', 1);
  enter(cell);
  const session = new Boxes();
  const values = [{ v: undefined }, undefined, ...helpers, ...boxes.map((name) => session.get(name))];
  return () => cells.run(cell, () => body(...values));
}

const asItStands = (realm: Realm, { source, path }: Test): (() => unknown) =>
  new Script(`(function () {"use strict";${source}\n})`, { filename: path }).runInContext(
    realm.global,
  ) as () => unknown;

type Way = (realm: Realm, test: Test) => () => unknown;

/** They hold the order in which promises that have nothing to do with each other go on (docs/kernel.md). */
const TURNS = /interleaved|monkey-patched-promise|non-promise-thenable|[-/]ticks|-timing/;

/** `pass`, or what went wrong. */
async function outcome(root: string, test: Test, way: Way): Promise<string> {
  const realm = new Realm();
  let done!: (error: unknown) => void;
  const finished = new Promise<unknown>((resolveIt) => (done = resolveIt));
  const files = ['assert.js', 'sta.js', ...(test.isAsync ? ['doneprintHandle.js'] : []), ...test.includes];
  for (const file of files) {
    const path = join(root, 'harness', file);
    realm.run(path, () => readFileSync(path, 'utf8'));
  }
  realm.global.$DONE = (error?: unknown) => done(error);
  try {
    way(realm, test)();
    const late = setTimeout(() => done('no end'), TIMEOUT_MS);
    const error = test.isAsync ? await finished : undefined;
    clearTimeout(late);
    if (error) return fault(test, error);
  } catch (error) {
    return fault(test, error);
  }
  return test.throws === undefined ? 'pass' : `no ${test.throws}`;
}

function fault({ throws }: Test, error: unknown): string {
  const name = String((error as { constructor?: { name?: string } } | null)?.constructor?.name);
  return throws === name ? 'pass' : `${name}: ${String((error as Error | null)?.message ?? error)}`;
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const found = entries.filter((each) => each.isFile() && /(?<!_FIXTURE)\.js$/.test(each.name));
  return found.map((each) => join(each.parentPath, each.name)).sort();
}

async function main([root = '', word = '', every = '1']: readonly string[]): Promise<void> {
  const folders = FOLDERS.split(' ').map((each) => join(root, 'test/language', each));
  const wanted = folders.flatMap(filesBelow).filter((path) => path.includes(word));
  const files = wanted.filter((_path, at) => at % Number(every) === 0);
  process.on('unhandledRejection', () => undefined); // a test's own
  const counts = { tests: 0, passed: 0, turns: 0, different: 0 };
  for (const path of files) {
    const test = readTest(path);
    if (!test) continue;
    counts.tests += 1;
    const [plain, cell] = [await outcome(root, test, asItStands), await outcome(root, test, asCell)];
    if (plain === 'pass' && cell === 'pass') counts.passed += 1;
    if ((plain === 'pass') === (cell === 'pass')) continue;
    if (plain === 'pass' && TURNS.test(path)) {
      counts.turns += 1;
      continue;
    }
    counts.different += 1;
    console.log(`${path.slice(root.length)}\n  as it stands: ${plain}\n  as a cell: ${cell}`);
  }
  const { tests, passed, turns, different } = counts;
  console.log(
    `${tests} tests, ${passed} pass both ways, ${turns} about turns of the queue, ${different} differ`,
  );
  process.exit(different === 0 ? 0 : 1);
}

void main(process.argv.slice(2));
