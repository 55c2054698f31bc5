#!/usr/bin/env node
/**
 * Entry of the Jupyter kernel: `node bin/kernel.js -f CONNECTION_FILE`.
 * Plain JavaScript, since it loads the kernel's TypeScript sources itself: ts-node's start-up would cost a second.
 * Each source is compiled once; the result lies in the cache under its content's hash. The same entry starts the
 * kernel's three parts: the server (this process), the runtime (child process) and the language service (thread).
 */
'use strict';
const fs = require('node:fs');
const { join, sep } = require('node:path');
const { isMainThread } = require('node:worker_threads');

const { codeCache, tellRefusal } = require('./bootstrap/kept');
const { compiled } = require('./bootstrap/oncecompiled');
const { packed, root } = require('./bootstrap/place');

// The server says it once, in Jupyter's log; what the runtime writes would be a cell's output.
if (isMainThread && process.argv[2] !== '--runtime') tellRefusal();

require('./bootstrap/codecache');

require('./bootstrap/parts'); // leads to the published package's TypeScript and tslab
const cacheDir = codeCache('kernel');
const ownSources = join(root, 'src', 'kernel') + sep;

const KEPT = new Set(
  (
    'Array ArrayBuffer Atomics BigInt Boolean Buffer Date JSON Map Math Number Object Promise Reflect RegExp Set ' +
    'SharedArrayBuffer String Symbol WeakMap WeakRef WeakSet clearImmediate clearTimeout process queueMicrotask ' +
    'setImmediate setTimeout structuredClone'
  ).split(' '),
);

/** Cells share these with the kernel, and may replace them for their own purposes. */
const globals = Object.getOwnPropertyNames(globalThis).filter(
  (name) => /^[A-Z]\w*(?:rray|rror)$/.test(name) || KEPT.has(name),
);

/** The kernel's own code with the globals as they are now. */
const keepingGlobals = (code) =>
  code.replace(/^"use strict";/, (strict) => `${strict}const {${globals.join(',')}}=globalThis;`);

const previous = require.extensions['.ts'];
require.extensions['.ts'] = (module, file) => {
  if (file.startsWith(ownSources)) module._compile(keepingGlobals(compiled(file, cacheDir)), file);
  else if (previous) previous(module, file);
  else throw new Error(`Cannot load ${file}: the kernel's entry loads its own sources only`);
};

if (packed) {
  const own = join(root, 'lib', 'kernel') + sep;
  const original = require.extensions['.js'];
  require.extensions['.js'] = (module, file) => {
    if (!file.startsWith(own)) original(module, file);
    else module._compile(keepingGlobals(fs.readFileSync(file, 'utf8')), file);
  };
}

require(packed ? '../lib/kernel/main' : '../src/kernel/main').main(root, cacheDir);
