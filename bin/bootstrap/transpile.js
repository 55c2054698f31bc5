'use strict';
// Loads TypeScript without checking types, for `node -r`, as ts-node does; the workers of one run share what is compiled.
const { codeCache } = require('./kept');
const { compiled } = require('./oncecompiled');

const folder = codeCache('transpiled');
require.extensions['.ts'] = (module, file) => module._compile(compiled(file, folder), file);
process.setSourceMapsEnabled(true);
