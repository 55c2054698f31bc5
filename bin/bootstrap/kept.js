'use strict';
// What processes keep for those that come after them: compiled code, mostly. It is used only where nobody else can have
// written it, and where it is what was written: whoever may change a cache has his code run by all who use it.
const { Buffer } = require('node:buffer');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { say } = require('./language');
const { home, userCache } = require('./place');
const { writeAtomically } = require('./atomic');

/** Owners that a user namespace has no name for; undefined outside of one. */
function nameless() {
  try {
    const [, , , count] = /^\s*(\d+)\s+(\d+)\s+(\d+)/.exec(fs.readFileSync('/proc/self/uid_map', 'utf8'));
    if (Number(count) === 2 ** 32 - 1) return undefined;
    return Number(fs.readFileSync('/proc/sys/kernel/overflowuid', 'utf8'));
  } catch {
    return undefined; // a system without such spaces
  }
}

/** Whose code this process runs anyway: its own, the superuser's, and that of whoever installed this tsdl. */
const trusted = () => [0, process.geteuid(), fs.statSync(__dirname).uid, nameless()];

/** Whether others than its owner may write: everybody, or a group that is not the owner's alone. */
const isOpen = ({ mode, uid, gid }) =>
  (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== uid && gid !== 0);

/** Why a file or folder may be another's work; undefined where it cannot be. */
function objection(stat) {
  if (process.geteuid === undefined) return undefined; // Windows: no owners that Node knows of
  if (!trusted().includes(stat.uid)) return { zh: `属于用户 ${stat.uid}`, en: `belongs to user ${stat.uid}` };
  if (!isOpen(stat)) return undefined;
  const mode = (stat.mode & 0o7777).toString(8);
  return { zh: `别的用户可以写（权限 ${mode}）`, en: `may be written by others (mode ${mode})` };
}

const STICKY = 0o1000;

/**
 * Why others may put files into a folder, or another in its place; undefined where they may not. One that is not there
 * yet is judged by what lies above it. Below a folder like /tmp, everybody's, what is there is its owner's alone.
 */
function foreign(folder) {
  let at = path.resolve(folder);
  while (!fs.existsSync(at)) at = path.dirname(at);
  at = fs.realpathSync(at);
  for (let last = ''; at !== last; [at, last] = [path.dirname(at), at]) {
    const stat = fs.statSync(at);
    const everybodys = last !== '' && (stat.mode & STICKY) !== 0 && stat.uid === 0;
    const why = everybodys ? undefined : objection(stat);
    if (why) return { zh: `${at} ${why.zh}`, en: `${at} ${why.en}` };
  }
  return undefined;
}

/** Why the shared cache is not used for code; undefined where it is. */
const refusal = () => foreign(path.join(home(), 'cache'));

/** No folder can be made below a file: what is kept there is kept nowhere. */
const NOWHERE = path.join(os.devNull, 'cache');

/** Where code is kept: in the shared cache, in the user's own where others may write that one, or nowhere. */
function codeCache(name) {
  const folders = [path.join(home(), 'cache'), userCache()];
  const folder = folders.find((one) => foreign(one) === undefined) ?? NOWHERE;
  return path.join(folder, name);
}

/** The command after which the shared cache is used again. */
const mendOf = () => `chmod -R go-w '${path.join(home(), 'cache')}'`;

/** Says on stderr that the shared cache is not used, and how it can be again. */
function tellRefusal() {
  const why = refusal();
  if (!why) return;
  const mend = mendOf();
  console.error(
    say({
      zh: `没有使用共用的缓存：${why.zh}，里面的代码可能是别人写的。${mend}`,
      en: `The shared cache is not used: ${why.en}, so that code in it may be theirs. ${mend}`,
    }),
  );
}

const DIGEST = 64;
/** A file's name says what was compiled: one that was put in another's place does not fit. */
const digestOf = (file, content) =>
  createHash('sha256')
    .update(`${path.basename(file)}\0`)
    .update(content)
    .digest('hex');

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;

/** What `keepFile` wrote; undefined where it is not there, not whole, or may be another's. */
function readKept(file) {
  let open;
  try {
    open = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stat = fs.fstatSync(open);
    if (!stat.isFile() || objection(stat)) return undefined;
    const all = fs.readFileSync(open);
    const content = all.subarray(DIGEST);
    return all.toString('latin1', 0, DIGEST) === digestOf(file, content) ? content : undefined;
  } catch {
    return undefined;
  } finally {
    if (open !== undefined) fs.closeSync(open);
  }
}

/** Keeps a file for processes to come, in a folder of `codeCache`; one that cannot be written only costs time. */
function keepFile(file, content) {
  const bytes = Buffer.from(content);
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o755 });
    const parts = [Buffer.from(digestOf(file, bytes)), bytes];
    // what a power failure takes is made again: no need to wait for the disk
    writeAtomically(file, parts, undefined, { mode: 0o644, durable: false });
  } catch {
    // a full disk, a folder that only its keeper may change
  }
}

module.exports = { foreign, refusal, mendOf, codeCache, tellRefusal, readKept, keepFile };
