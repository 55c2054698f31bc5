'use strict';
// TypeScript to JavaScript without checking types, each file once for all processes: the result lies in a folder under
// its content's hash. Starting ts-node would cost a second.
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const { join } = require('node:path');

const { keepFile, readKept } = require('./kept');

/** Whether a program waits where no function is around, as a notebook's cell may. */
function awaits(source, fileName) {
  const ts = require('typescript');
  const isWaiting = (node) =>
    ts.isAwaitExpression(node) ||
    (ts.isForOfStatement(node) && node.awaitModifier !== undefined) ||
    (!ts.isFunctionLike(node) && !ts.isClassLike(node) && ts.forEachChild(node, isWaiting) === true);
  return isWaiting(ts.createSourceFile(fileName, source, ts.ScriptTarget.ES2022));
}

/** CommonJS waits in functions only. */
const inFunction = (text) =>
  `if (module !== require.main) throw new SyntaxError(${JSON.stringify(
    'Cannot import a file that awaits outside of functions: expected that of the program itself only',
  )}); void (async () => {${text}\n})();`;

function transpiled(source, fileName) {
  const { ModuleKind, ScriptTarget, transpileModule } = require('typescript');
  const compilerOptions = {
    module: ModuleKind.CommonJS,
    target: ScriptTarget.ES2022,
    esModuleInterop: true,
    inlineSourceMap: true,
    inlineSources: true,
  };
  const text = transpileModule(source, { fileName, compilerOptions }).outputText;
  return awaits(source, fileName) ? inFunction(text) : text;
}

/** The JavaScript of a TypeScript file, from `folder` if it is there. */
function compiled(file, folder) {
  const source = fs.readFileSync(file, 'utf8');
  const { version } = require('typescript/package.json');
  const key = createHash('sha1').update(`2\0${version}\0${file}\0${source}`).digest('hex');
  const cached = join(folder, `kept-${key}.js`);
  const kept = readKept(cached);
  if (kept) return kept.toString();
  const text = transpiled(source, file);
  keepFile(cached, text);
  return text;
}

module.exports = { compiled };
