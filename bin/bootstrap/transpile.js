'use strict';
// Loads TypeScript without checking types, for `node -r`, as ts-node does; the workers of one run share what is compiled.
const { join } = require('node:path');

const { compiled } = require('./oncecompiled');
const { home } = require('./place');

const folder = join(home(), 'cache', 'transpiled');
require.extensions['.ts'] = (module, file) => module._compile(compiled(file, folder), file);
process.setSourceMapsEnabled(true);
