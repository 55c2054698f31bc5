'use strict';
const path = require('node:path');
const { packed, root } = require('./place');
const { ensureModules } = require('./modules');
const { report } = require('./fault');

/** Hands over to src/cli/main.ts; in a checkout, node_modules is installed first where it is missing. */
async function start(argv) {
  try {
    if (!packed) {
      await ensureModules(root);
      require('ts-node').register({ transpileOnly: true, project: path.join(root, 'tsconfig.json') });
    }
    const { main } = packed ? require('../../lib/cli/main') : require('../../src/cli/main');
    process.exitCode = await main(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}

module.exports = { start, root };
