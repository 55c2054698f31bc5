'use strict';
const path = require('node:path');
const { packed, root } = require('./place');
const { ensureModules } = require('./modules');
const { report } = require('./fault');

/**
 * Hands over to `main` of a TypeScript file, by its path; the published package has it compiled. In a checkout,
 * node_modules is installed first where it is missing.
 */
async function start(entry, argv) {
  try {
    if (!packed) {
      await ensureModules(root);
      require('ts-node').register({ transpileOnly: true, project: path.join(root, 'tsconfig.json') });
    }
    process.exitCode = await require(path.join(root, packed ? entry.replace(/^src/, 'lib') : entry)).main(
      argv,
    );
  } catch (error) {
    process.exitCode = report(error);
  }
}

module.exports = { start, root };
