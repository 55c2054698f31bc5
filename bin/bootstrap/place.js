'use strict';
// Where this tsdl stands: a checkout, which keeps everything in its own folder, or a package below somebody's
// node_modules, which is read-only and keeps what it fetches in a folder that all projects of a user share.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.resolve(__dirname, '../..');

/** Whether this is the published package; only that one lists its parts (see parts.js). */
const packed = fs.existsSync(path.join(root, 'parts'));

/** The user's own cache. */
const userCache = () => path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'tsdl');

/** The folder of the native runtime, the parts and the cache: `TSDL_HOME`, else by the place. */
function home() {
  if (process.env.TSDL_HOME) return path.resolve(process.env.TSDL_HOME);
  return packed ? userCache() : path.join(root, '.runtime');
}

/** The folder whose notebooks are meant where none are named, and where results go. */
const workplace = () => (packed ? process.cwd() : root);

const VERBS = { notebooks: 'run' };

/** A sentence whose commands work here: a package has no `npm run doctor`, only `npx tsdl doctor`. */
function told(text) {
  if (!packed) return text;
  return text.replace(/npm run ([a-z]+)( --)?(?![\w-])/g, (_, verb) => `npx tsdl ${VERBS[verb] || verb}`);
}

module.exports = { root, packed, userCache, home, workplace, told };
