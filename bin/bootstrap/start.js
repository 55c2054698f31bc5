'use strict';
const path = require('node:path');
const { packed, root } = require('./place');
const { ensureModules } = require('./modules');
const { Fault, report } = require('./fault');

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

/**
 * Hands over to `main` of a TypeScript file, by its path; the published package has it compiled. In a checkout,
 * node_modules is installed first where it is missing.
 */
async function start(entry, argv) {
  const looks = argv[0] === 'doctor';
  try {
    if (!packed) {
      if (!looks) await ensureModules(root);
      require('ts-node').register({ transpileOnly: true, project: path.join(root, 'tsconfig.json') });
    }
    const file = path.join(root, packed ? entry.replace(/^src/, 'lib') : entry);
    process.exitCode = await require(file).main(argv);
  } catch (error) {
    process.exitCode = report(looks ? missing(error) : error);
  }
}

module.exports = { start, root };
