/** Each test runs in one turn of the event loop: no event of a file watcher can reach the compiler. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { Session } from '../../../src/kernel/language/session';
import { loadTslab } from '../../../src/kernel/language/tslab';

describe('Session and files on disk', function () {
  this.timeout(60_000);
  let session: Session;
  let folder: string;

  before(() => {
    session = new Session(loadTslab(resolve(__dirname, '../../..')));
  });
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'tsdl-session-')));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  after(() => {
    session.close();
  });

  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  /** Numbers of the errors in a cell; the cell counts as run when there are none. */
  const codes = (code: string): number[] => {
    const result = session.compile(code.replaceAll('@', folder));
    session.commit([]);
    return 'diagnostics' in result ? result.diagnostics.map((diagnostic) => diagnostic.code) : [];
  };

  it('finds a module that was missing when a cell first asked for it', () => {
    assert.deepEqual(codes(`import { late } from '@/late'`), [2307]);
    assert.deepEqual(codes('40 + 2'), []);
    write('late.ts', 'export const late = 1;\n');
    assert.deepEqual(codes(`import { late } from '@/late'; late.toFixed()`), []);
  });

  it('finds a module that an imported module misses', () => {
    write('top.ts', `export { low } from './low';\n`);
    assert.deepEqual(codes(`import { low } from '@/top'`), [2307]);
    write('low.ts', 'export const low = 1;\n');
    assert.deepEqual(codes(`import { low } from '@/top'; low.toFixed()`), []);
  });

  it('finds a package that was installed meanwhile', () => {
    assert.deepEqual(codes(`import { shown } from '@/uses'`), [2307]);
    write('uses.ts', `export { shown } from 'some-package';\n`);
    assert.deepEqual(codes(`import { shown } from '@/uses'`), [2307]);
    installPackage(folder);
    assert.deepEqual(codes(`import { shown } from '@/uses'; shown.toFixed()`), []);
  });

  it('sees an edited module, also behind one that imports it and for names of earlier cells', () => {
    write('deep.ts', 'export const level = 1;\n');
    write('above.ts', `import { level } from './deep';\nexport const shown = () => level;\n`);
    assert.deepEqual(codes(`import { shown } from '@/above'; shown().toFixed()`), []);
    write('deep.ts', `export const level = 'text';\n`);
    assert.deepEqual(codes('shown().toFixed()'), [2551]);
    assert.deepEqual(codes(`import { shown } from '@/above'; shown().trim()`), []);
  });

  it('sees an edit that leaves size and time as they were', () => {
    write('same.ts', 'export const same = 1;  \n');
    assert.deepEqual(codes(`import { same } from '@/same'; same.toFixed()`), []);
    const { atime, mtime } = statSync(join(folder, 'same.ts'));
    write('same.ts', `export const same = '1';\n`);
    utimesSync(join(folder, 'same.ts'), atime, mtime);
    assert.deepEqual(codes('same.trim()'), []);
  });

  it('says so when a module is gone and takes it back when it comes again', () => {
    write('gone.ts', 'export const gone = 1;\n');
    assert.deepEqual(codes(`import { gone } from '@/gone'; gone.toFixed()`), []);
    rmSync(join(folder, 'gone.ts'));
    assert.deepEqual(codes(`import { gone } from '@/gone'`), [2307]);
    write('gone.ts', `export const gone = 'text';\n`);
    assert.deepEqual(codes(`import { gone } from '@/gone'; gone.trim()`), []);
  });

  it('refuses at once what would take minutes to check, however often it was refused before', () => {
    const deep = (open: string, close: string, times: number): string =>
      `${open.repeat(times)}1${close.repeat(times)}`;
    const kinds = [
      ...[
        ['[', ']'],
        ['String(', ')'],
        ['({ a: ', '})'],
        ['[...', ']'],
        ['new Map([', '])'],
      ],
    ] as const;
    for (const [open, close] of kinds) {
      for (const times of [501, 4000])
        assert.throws(
          () => codes(deep(open, close, times)),
          /^RangeError: Cannot compile the cell: .* too deeply$/,
        );
    }
    assert.deepEqual(codes(deep('[', ']', 200)), []);
    const brackets = JSON.stringify('['.repeat(5000));
    assert.deepEqual(codes(`const text = ${brackets}; // ${brackets}`), []);
    assert.deepEqual(codes(`'a'${'.trim()'.repeat(200)}`), []);
  });

  it('fails a cell that is nested too deeply alone, and knows what came before it', () => {
    const deep = (open: string, close: string, times = 4000): string =>
      `${open.repeat(times)}1${close.repeat(times)}`;
    const cells = [
      deep('[', ']'),
      deep('same(', ')'),
      deep('({ a: ', '})'),
      Array(3000).fill('early').join(' + '),
      `await 1; ${deep('[', ']')}`,
    ];
    assert.deepEqual(codes(`const early = 1; const same = <T,>(value: T): T => value;`), []);
    for (const code of cells) {
      assert.throws(() => codes(code), /^RangeError: Cannot compile the cell: .* too deeply$/);
      assert.deepEqual(codes('same(early).toFixed()'), []);
      assert.deepEqual(codes('same(early).trim()'), [2339]);
    }
    const [code = ''] = cells;
    assert.throws(() => session.complete(`${code}; earl`, code.length + 6), RangeError);
    assert.deepEqual(
      session.complete('earl', 4).items.map(({ text }) => text),
      ['early'],
    );
  }).timeout(180_000);

  it('prefers a file that now comes first', () => {
    write('either.js', 'export const either = 1;\n');
    assert.deepEqual(codes(`import { either } from '@/either'; either.toFixed()`), []);
    write('either.ts', `export const either = 'text';\n`);
    assert.deepEqual(codes(`import { either } from '@/either'; either.trim()`), []);
  });
});

describe('Session', function () {
  this.timeout(60_000);
  let session: Session;

  beforeEach(() => {
    session = new Session(loadTslab(resolve(__dirname, '../../..')));
  });
  afterEach(() => session.close());

  /** Compiles a cell that runs but for `unassigned`; its errors' numbers, or what the runtime is told. */
  const run = (code: string, unassigned: readonly string[] = []) => {
    const result = session.compile(code);
    if ('diagnostics' in result) return result.diagnostics.map((diagnostic) => diagnostic.code);
    session.commit(unassigned);
    const { names, imports, isAsync, hasResult } = result.cell;
    return { names, imports: imports.map(({ specifier }) => specifier), isAsync, hasResult };
  };

  it('tells of a cell its names, its imports, its result and whether it awaits', () => {
    const facts = run(
      `import { join } from 'node:path'; let [a, { b }] = [await 1, { b: 2 }]; join('x'); a + b`,
    );
    assert.deepEqual(facts, {
      names: ['join', 'a', 'b'],
      imports: ['node:path'],
      isAsync: true,
      hasResult: true,
    });
    assert.deepEqual(run('// nothing'), { names: [], imports: [], isAsync: false, hasResult: false });
  });

  it('forgets names that a failing cell left unset, and keeps what they meant before', () => {
    run('const kept = 1');
    run(`const kept = 'text', fresh = 2, set = 3; interface Shape { x: number }`, ['kept', 'fresh']);
    assert.deepEqual(run('fresh'), [2304]);
    assert.deepEqual(run('kept.trim()'), [2339]);
    assert.ok('names' in run('const shape: Shape = { x: kept.valueOf() + set }'));
  });

  it('knows nothing of a cell that did not compile or was never committed', () => {
    assert.deepEqual(run('const wrong: number = "text"'), [2322]);
    session.commit([]);
    assert.deepEqual(run('wrong'), [2304]);
    session.compile('const unsaid = 1');
    assert.deepEqual(run('unsaid'), [2304]);
    session.commit([]);
    assert.deepEqual(run('unsaid'), [2304]);
  });

  it('places an error in the lines and columns of the cell', () => {
    const result = session.compile('const fine = 1;\n  const wrong: number = "text";');
    const [error] = 'diagnostics' in result ? result.diagnostics : [];
    const { line, column, endLine, endColumn } = error ?? {};
    assert.deepEqual([line, column, endLine, endColumn, error?.code], [1, 8, 1, 13, 2322]);
  });

  it('completes what has been typed, with the kind of each candidate and the range it replaces', () => {
    run('const someValue = 1; function someFunction() {}');
    const code = 'console.log(someV); 1';
    const { start, end, items } = session.complete(code, code.indexOf(')'));
    assert.equal(code.slice(start, end), 'someV');
    assert.deepEqual(items, [{ text: 'someValue', kind: 'const' }]);
  });

  it('explains the name at the cursor, and the function whose arguments are being written', () => {
    run('/** Adds one. */ const plusOne = (x: number) => x + 1');
    const text = (code: string, at: number) =>
      session.inspect(code, at, 0)?.data['text/plain'] as string | undefined;
    for (const [code, at] of [['plusOne(2)', 3] as const, ['plusOne', 7] as const, ['plusOne( ', 9] as const])
      assert.match(text(code, at) ?? '', /plusOne: \(x: number\) => number\n\nAdds one\./);
    assert.equal(text('   ', 1), undefined);
  });

  it('goes on from the declarations of another session', () => {
    run(`const word = 'text'; interface Shape { x: number } class Dog { bark() {} }`);
    run('let count = 1');
    const { declarations } = session;
    session.close();
    session = new Session(loadTslab(resolve(__dirname, '../../..')));
    assert.deepEqual(run('word'), [2304]);
    session.restore(declarations);
    assert.ok('names' in run('const shape: Shape = { x: word.length + count }; new Dog().bark()'));
    assert.deepEqual(run('count.trim()'), [2339]);
  });
});

function installPackage(folder: string): void {
  const place = join(folder, 'node_modules', 'some-package');
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), '{ "name": "some-package", "types": "./index.d.ts" }');
  writeFileSync(join(place, 'index.d.ts'), 'export declare const shown: number;\n');
}
