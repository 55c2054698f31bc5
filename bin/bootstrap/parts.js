'use strict';
// Parts: npm packages that a package manager would fetch for nobody's use, or whose install scripts must not run. A
// checkout has them in node_modules; the published package names them in parts/NAME, with a lock file, and setup
// fetches them into the home folder. Requests of our own files for them are led there.
const { spawnSync } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const { createRequire, isBuiltin, Module } = require('node:module');
const path = require('node:path');
const { home, packed, root } = require('./place');

const lists = path.join(root, 'parts');

/** What each part is made from; several versions of tsdl may share a home. */
function readPart(name) {
  const list = path.join(lists, name);
  const lock = fs.readFileSync(path.join(list, 'package-lock.json'), 'utf8');
  const key = crypto.createHash('sha256').update(lock).digest('hex');
  const { dependencies } = JSON.parse(fs.readFileSync(path.join(list, 'package.json'), 'utf8'));
  return { name, list, key, packages: Object.keys(dependencies) };
}

const parts = new Map((packed ? fs.readdirSync(lists) : []).map((name) => [name, readPart(name)]));

/** The list, the key and the packages of a part; undefined in a checkout. */
const part = (name) => parts.get(name);

const folderOf = ({ name, key }) => path.join(home(), 'parts', `${name}-${key.slice(0, 12)}`);

const isThere = (found) => fs.existsSync(path.join(folderOf(found), 'stamp.json'));

/** Whether a part can be used; a checkout has them all. */
function partReady(name) {
  const found = part(name);
  return !found || isThere(found);
}

const named = (request, name) => request === name || request.startsWith(`${name}/`);

/** The part that brings a package, where it is installed. */
const owner = (request) =>
  [...parts.values()].find((one) => one.packages.some((name) => named(request, name)) && isThere(one));

/** Inside the folders that packages share: below the root, but not in its node_modules. */
const below = (folder, file) =>
  file.startsWith(folder + path.sep) && !file.slice(folder.length).startsWith(`${path.sep}node_modules`);

const real = (folder) => (fs.existsSync(folder) ? fs.realpathSync(folder) : folder);

/**
 * Leads our own requests for a part's packages into its folder, and the part's requests for what it has not (the
 * one @tensorflow/tfjs above all, of which there must not be two) back to our dependencies.
 */
function lead() {
  const resolve = Module._resolveFilename;
  const own = createRequire(path.join(root, 'package.json'));
  const store = path.join(real(home()), 'parts') + path.sep; // modules know their real paths
  Module._resolveFilename = function (request, parent, ...rest) {
    const from = (parent && parent.filename) || '';
    const found = below(root, from) && owner(request);
    if (found) return createRequire(path.join(folderOf(found), 'x.js')).resolve(request);
    const asks = [from, ...((rest[1] && rest[1].paths) || [])]; // `require.resolve` with `paths` asks for another
    if (!asks.some((file) => file.startsWith(store))) return resolve.call(this, request, parent, ...rest);
    try {
      const file = resolve.call(this, request, parent, ...rest);
      if (file.startsWith(store) || isBuiltin(file)) return file; // not what a folder above the home folder has
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error;
    }
    return own.resolve(request);
  };
}

if (packed) lead();

/**
 * Sees to it that a part is there, at its first use: fetched at once and announced on stderr.
 * @throws Error where it cannot be fetched
 */
function requirePart(name) {
  if (partReady(name)) return;
  const command = [path.join(root, 'bin/tsdl.js'), 'setup', '--part', name];
  const { status } = spawnSync(process.execPath, command, { stdio: ['ignore', 2, 2] });
  if (status === 0 && partReady(name)) return;
  throw new Error(
    `Cannot use the part "${name}" of tsdl: it is not installed. Run npx tsdl setup --part ${name}`,
  );
}

module.exports = { part, folderOf, partReady, requirePart };
