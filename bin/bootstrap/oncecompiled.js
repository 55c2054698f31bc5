'use strict';
// TypeScript to JavaScript without checking types, each file once for all processes: the result lies in a folder under
// its content's hash. Starting ts-node would cost a second.
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const { join } = require('node:path');

const { keepFile, readKept } = require('./kept');

function transpiled(source, fileName) {
  const { ModuleKind, ScriptTarget, transpileModule } = require('typescript');
  const compilerOptions = {
    module: ModuleKind.CommonJS,
    target: ScriptTarget.ES2022,
    esModuleInterop: true,
    inlineSourceMap: true,
    inlineSources: true,
  };
  return transpileModule(source, { fileName, compilerOptions }).outputText;
}

/** The JavaScript of a TypeScript file, from `folder` if it is there. */
function compiled(file, folder) {
  const source = fs.readFileSync(file, 'utf8');
  const { version } = require('typescript/package.json');
  const key = createHash('sha1').update(`${version}\0${file}\0${source}`).digest('hex');
  const cached = join(folder, `kept-${key}.js`);
  const kept = readKept(cached);
  if (kept) return kept.toString();
  const text = transpiled(source, file);
  keepFile(cached, text);
  return text;
}

module.exports = { compiled };
