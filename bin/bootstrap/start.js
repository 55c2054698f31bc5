'use strict';
const path = require('node:path');
const { ensureModules } = require('./modules');
const { Fault, report } = require('./fault');

const root = path.resolve(__dirname, '../..');

/** The doctor is the one command that only looks: what it cannot load it reports. */
function missing(error) {
  if (error.code !== 'MODULE_NOT_FOUND') return error;
  return new Fault(
    {
      zh: 'npm 依赖没有装好，别的要等它们装好才能检查。',
      en: 'The npm packages are not installed; nothing else can be checked before they are.',
    },
    'npm run setup',
  );
}

/** Installs node_modules where they are missing, then hands over to `main` of a TypeScript file, by its path. */
async function start(entry, argv) {
  const looks = argv[0] === 'doctor';
  try {
    if (!looks) await ensureModules(root);
    require('ts-node').register({ transpileOnly: true, project: path.join(root, 'tsconfig.json') });
    process.exitCode = await require(path.join(root, entry)).main(argv);
  } catch (error) {
    process.exitCode = report(looks ? missing(error) : error);
  }
}

module.exports = { start, root };
