'use strict';
// V8's compiled code of the library and of the packages it loads, kept for the processes to come: loading takes half the
// time. Node 22 keeps such code by itself, for all modules of a process; before it, ours and those packages' are kept here.
const { createHash } = require('node:crypto');
const Module = require('node:module');
const path = require('node:path');
const v8 = require('node:v8');
const { Script, constants } = require('node:vm');

const { codeCache, keepFile, readKept } = require('./kept');
const { packed, root } = require('./place');

/** So long after loading that the functions that loading needed are compiled, too. */
const KEEP_AFTER_MS = 2000;

const digest = (content) => createHash('sha1').update(content).digest('latin1');

const LARGE = /[\\/]node_modules[\\/]@tensorflow[\\/]/;
const own = path.join(root, 'lib') + path.sep;

/** Source maps, where somebody wants them, are read as Node compiles; those of the packages are of no use here. */
const isKept = (file) => LARGE.test(file) || (packed && file.startsWith(own) && !process.sourceMapsEnabled);

function fileOf() {
  const whose = `${process.version}\0${process.arch}\0${v8.cachedDataVersionTag()}\0${root}`;
  return path.join(codeCache('v8'), `kept-${createHash('sha1').update(whose).digest('hex')}`);
}

/** File name to the digest of its source and its code. */
function readCodes(file) {
  const kept = readKept(file);
  return new Map(kept ? v8.deserialize(kept) : []);
}

/** What a module's function is called with, as Node's own loader makes it. */
function requireOf(module) {
  const ask = (id) => module.require(id);
  const resolve = (request, options) => Module._resolveFilename(request, module, false, options);
  resolve.paths = (request) => Module._resolveLookupPaths(request, module);
  return Object.assign(ask, {
    resolve,
    main: process.mainModule,
    extensions: Module._extensions,
    cache: Module._cache,
  });
}

/** Compiles our modules from what is kept, and keeps what was not. */
function keepCodes() {
  const file = fileOf();
  const codes = readCodes(file);
  const fresh = new Map();
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (content, filename, ...rest) {
    if (!isKept(filename)) return compile.call(this, content, filename, ...rest);
    const source = digest(content);
    const [known, code] = codes.get(filename) ?? [];
    const cachedData = known === source ? code : undefined;
    const importModuleDynamically = constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER;
    const script = new Script(Module.wrap(content), { filename, cachedData, importModuleDynamically });
    if (!cachedData || script.cachedDataRejected) fresh.set(filename, [source, script]);
    const run = script.runInThisContext();
    return run.call(this.exports, this.exports, requireOf(this), this, filename, path.dirname(filename));
  };
  const keep = () => {
    if (fresh.size === 0) return;
    for (const [name, [source, script]] of fresh) codes.set(name, [source, script.createCachedData()]);
    fresh.clear();
    keepFile(file, v8.serialize([...codes]));
  };
  process.once('exit', keep);
  setTimeout(keep, KEEP_AFTER_MS).unref();
}

if (Module.enableCompileCache) Module.enableCompileCache(codeCache('v8'));
else keepCodes();
