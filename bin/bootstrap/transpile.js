'use strict';
// Loads TypeScript without checking types, for `node -r`, as ts-node does; the workers of one run share what is compiled.
// A program finds tsdl from any folder, as a notebook does.
const Module = require('node:module');
const { join } = require('node:path');

const { codeCache } = require('./kept');
const { compiled } = require('./oncecompiled');
require('./codecache');
require('./parts'); // where the published package finds TypeScript
const { root } = require('./place');

const folder = codeCache('transpiled');
require.extensions['.ts'] = (module, file) => module._compile(compiled(file, folder), file);

const resolve = Module._resolveFilename;
const own = Module.createRequire(join(root, 'package.json'));
Module._resolveFilename = function (request, ...rest) {
  try {
    return resolve.call(this, request, ...rest);
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND' || !/^tsdl(\/|$)/.test(request)) throw error;
    return own.resolve(request);
  }
};
process.setSourceMapsEnabled(true);
