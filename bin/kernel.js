#!/usr/bin/env node
/**
 * Entry of the Jupyter kernel: `node bin/kernel.js -f CONNECTION_FILE`.
 * Plain JavaScript, since it loads the kernel's TypeScript sources itself: ts-node's start-up would cost a second.
 * Each source is compiled once; the result lies in the cache under its content's hash. The same entry starts the
 * kernel's three parts: the server (this process), the runtime (child process) and the language service (thread).
 */
'use strict';
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const { dirname, join, resolve, sep } = require('node:path');

// Node 22 keeps compiled code on disk by itself; Node 20 has no such call.
require('node:module').enableCompileCache?.(
  join(process.env.TSDL_HOME || resolve(__dirname, '../.runtime'), 'cache', 'v8'),
);

const root = resolve(__dirname, '..');
const cacheDir = join(process.env.TSDL_HOME || join(root, '.runtime'), 'cache', 'kernel');
const ownSources = join(root, 'src', 'kernel') + sep;
const compilerVersion = require('typescript/package.json').version;

/** A write that another process never sees half done; a cache that cannot be written only costs time. */
function writeCache(file, text) {
  const temporary = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`;
  try {
    fs.mkdirSync(dirname(file), { recursive: true });
    fs.writeFileSync(temporary, text);
    fs.renameSync(temporary, file);
  } catch {
    if (fs.existsSync(temporary)) fs.rmSync(temporary, { force: true });
  }
}

function compile(file) {
  const source = fs.readFileSync(file, 'utf8');
  const key = createHash('sha1').update(`${compilerVersion}\0${file}\0${source}`).digest('hex');
  const cached = join(cacheDir, `own-${key}.js`);
  try {
    return fs.readFileSync(cached, 'utf8');
  } catch {
    // not compiled yet
  }
  const ts = require('typescript');
  const { outputText } = ts.transpileModule(source, {
    fileName: file,
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
      inlineSourceMap: true,
      inlineSources: true,
    },
  });
  writeCache(cached, outputText);
  return outputText;
}

const previous = require.extensions['.ts'];
require.extensions['.ts'] = (module, file) => {
  if (file.startsWith(ownSources)) module._compile(compile(file), file);
  else if (previous) previous(module, file);
  else throw new Error(`Cannot load ${file}: the kernel's entry loads its own sources only`);
};

require('../src/kernel/main').main(root, cacheDir);
