import assert from 'node:assert/strict';

import ts from 'typescript';

import type { FullTs } from '../../../src/kernel/compiler/internals';
import { Isolated } from '../../../src/kernel/compiler/isolated';

const real = ts as FullTs;

/** Each asks something of the type checker, of the names in the file, or of the transformers' state. */
const SOURCES = [
  'export const tsLastExpr = 1 + 1;\nexport {};\n',
  'export let count = 0;\nexport function next() { return ++count; }\ncount += next();',
  "import fs, { join as j } from 'node:path';\nimport * as os from 'node:os';\nexport const at = j(fs.sep, os.EOL);",
  "import { unused } from 'somewhere';\nexport { renamed as other } from 'elsewhere';\nexport * from 'third';",
  'let a = 1, b = 2;\nexport { a, b as c };\n[a, b] = [b, a];\n({ a, x: b } = { a: 3, x: 4 });\nfor (a of [1, 2]) a++;',
  'export default class { #secret = 1; static shared = this.name; accessor value = 2; has(o) { return #secret in o; } }',
  '@decorate class Marked { @field x = 1; @method go() {} }\nexport { Marked };',
  'export const run = () => { using file = open(); return file; };\nawait using other = open();\nexport {};',
  'export const _a = 1; const exports_1 = 2; const { x = _a, ...rest } = make(); export { x, rest, exports_1 };',
  'async function one() { for await (const x of two()) console.log(this, arguments, x); }\nasync function* two() { yield* await 1; }',
  'class Base { async m() { return 1; } }\nclass Derived extends Base { async m() { const f = async () => super.m(); return f(); } }',
  'const t = (s) => `${s?.a ?? s?.[0]?.()}`;\nlabel: for (;;) { try { break label; } catch { continue; } finally { t``; } }',
  'exports.a = 1;\nexports.b = async () => { await exports.a; };',
  '/** @type {number} */ const typed = 1; // ends without a newline\nexport { typed };\n/* last */',
  'const broken = {;\nexport { broken',
  '',
];

function expected(source: string, options: ts.CompilerOptions) {
  const result = real.transpileModule(source, {
    fileName: 'cell.js',
    compilerOptions: options,
  });
  const outputText = result.outputText.replace(/\/\/# sourceMappingURL=.*\s*$/, '');
  return { outputText, sourceMapText: result.sourceMapText };
}

describe('isolated compilation', () => {
  for (const module of ['CommonJS', 'ESNext'] as const) {
    it(`gives what transpileModule gives, the source map included (${module})`, () => {
      const options: ts.CompilerOptions = {
        target: real.ScriptTarget.ES2024,
        module: real.ModuleKind[module],
        newLine: real.NewLineKind.LineFeed,
        esModuleInterop: true,
        noEmitHelpers: true,
        sourceMap: true,
      };
      const isolated = new Isolated(real, options);
      // More files than one checker serves, so that files meet a checker that knows others and a new one.
      for (let round = 0; round < 8; round++) {
        for (const source of SOURCES)
          assert.deepEqual(isolated.transpile(source, 'cell.js'), expected(source, options), source);
      }
    });
  }
});
