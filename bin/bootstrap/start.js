'use strict';
const path = require('node:path');
const { ensureModules } = require('./modules');
const { report } = require('./fault');

const root = path.resolve(__dirname, '../..');

/** Installs node_modules where they are missing, then hands over to src/cli/main.ts. */
async function start(argv) {
  try {
    await ensureModules(root);
    require('ts-node').register({ transpileOnly: true, project: path.join(root, 'tsconfig.json') });
    process.exitCode = await require('../../src/cli/main').main(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}

module.exports = { start, root };
