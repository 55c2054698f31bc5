'use strict';
// Loads TypeScript without checking types, for `node -r`: what ts-node does, but each file is compiled once for all
// processes, and the result lies in the cache under its content's hash. Workers of one run all start the same files.
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const { join } = require('node:path');

const { home } = require('./place');

const folder = join(home(), 'cache', 'transpiled');
let typescript;

/** A write that another process never sees half done; a cache that cannot be written only costs time. */
function keep(file, text) {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(temporary, text);
    fs.renameSync(temporary, file);
  } catch {
    fs.rmSync(temporary, { force: true });
  }
}

function transpile(source, fileName) {
  typescript ??= require('typescript');
  const { ModuleKind, ScriptTarget } = typescript;
  const compilerOptions = {
    module: ModuleKind.CommonJS,
    target: ScriptTarget.ES2022,
    esModuleInterop: true,
    resolveJsonModule: true,
    inlineSourceMap: true,
    inlineSources: true,
  };
  return typescript.transpileModule(source, { fileName, compilerOptions }).outputText;
}

require.extensions['.ts'] = (module, file) => {
  const source = fs.readFileSync(file, 'utf8');
  const version = require('typescript/package.json').version;
  const key = createHash('sha1').update(`${version}\0${file}\0${source}`).digest('hex');
  const cached = join(folder, `${key}.js`);
  let text;
  try {
    text = fs.readFileSync(cached, 'utf8');
  } catch {
    text = transpile(source, file);
    keep(cached, text);
  }
  module._compile(text, file);
};
process.setSourceMapsEnabled(true);
