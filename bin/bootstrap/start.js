'use strict';
const path = require('node:path');
const { ensureModules } = require('./modules');
const { report } = require('./fault');

const root = path.resolve(__dirname, '../..');

/** Installs node_modules where they are missing, then hands over to `main` of a TypeScript file, by its path. */
async function start(entry, argv) {
  try {
    await ensureModules(root);
    require('ts-node').register({ transpileOnly: true, project: path.join(root, 'tsconfig.json') });
    process.exitCode = await require(path.join(root, entry)).main(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}

module.exports = { start, root };
