'use strict';
// Files that are written as a whole or not at all. Written here, in plain JavaScript, so that every room has one: what
// works before node_modules is there, the kernel, the engine and the helpers.
const { Buffer } = require('node:buffer');
const { createHash, randomBytes } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { performance } = require('node:perf_hooks');

/** When process `pid` started, in the system's own units; '' where the system does not say. */
function startOf(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return '';
  }
}

/** Whether the process that wrote { pid, start } still runs; a recycled pid has another start time. */
function alive({ pid, start }) {
  if (!Number.isInteger(pid) || pid <= 0) return false; // 0 and below would stand for groups, and for all
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  return startOf(pid) === start;
}

/** What tells our processes from those of other machines and containers that write into the same folder. */
function placeOf() {
  let processes = '';
  try {
    processes = fs.readlinkSync('/proc/self/ns/pid');
  } catch {
    // a system without such spaces: the host's name tells enough
  }
  return createHash('sha1').update(`${os.hostname()}\0${processes}`).digest('hex').slice(0, 8);
}

let here;
const DRAFT = /^\.tsdl-([0-9a-f]{8})-(\d+)-(\d*)-[0-9a-f]{12}\.tmp$/;

/**
 * A name beside a file for its next version: short, since the file's own may be as long as names can be; hidden; that of
 * this process, so that whoever comes after a kill knows it for a remnant; and one that nobody can foresee.
 */
function draftBeside(file) {
  here ??= { place: placeOf(), start: startOf(process.pid) };
  removeRemnants(path.dirname(file));
  const own = `${here.place}-${process.pid}-${here.start}-${randomBytes(6).toString('hex')}`;
  return path.join(path.dirname(file), `.tsdl-${own}.tmp`);
}

const LOOK_MS = 1000;
const looked = new Map();

function namesIn(folder) {
  try {
    return fs.readdirSync(folder);
  } catch {
    return []; // not there yet, or one that may be written and not be read
  }
}

/** Removes drafts that killed processes of this machine left in a folder; looks at most once a second. */
function removeRemnants(folder) {
  const now = performance.now();
  if (now - (looked.get(folder) ?? -Infinity) < LOOK_MS) return;
  looked.set(folder, now);
  for (const name of namesIn(folder)) {
    const [, place, pid, start] = DRAFT.exec(name) ?? [];
    if (place !== here.place || alive({ pid: Number(pid), start })) continue;
    try {
      fs.rmSync(path.join(folder, name), { recursive: true, force: true });
    } catch {
      // another user's, in a folder that many write into: theirs to remove
    }
  }
}

/** Writes all chunks into an open file and closes it. */
function writeChunks(file, chunks, finish = () => {}) {
  try {
    for (const bytes of chunks) {
      for (let done = 0; done < bytes.length;) done += fs.writeSync(file, bytes, done, bytes.length - done);
    }
    finish(file);
  } finally {
    fs.closeSync(file);
  }
}

const STICKY = 0o1000;
const MOST_LINKS = 40;

/**
 * The file that a path means when it is a link, whether that file is there or not. In a folder that everybody writes
 * into, only one's own links and those of the folder's owner are followed: Linux itself follows no others there.
 */
function behindLinks(given) {
  let file = given;
  for (let i = 0; i < MOST_LINKS; i++) {
    const link = fs.lstatSync(file, { throwIfNoEntry: false });
    if (!link || !link.isSymbolicLink()) return file;
    const folder = path.dirname(file);
    const { mode, uid } = fs.statSync(folder);
    const open = (mode & STICKY) !== 0 && (mode & 0o002) !== 0;
    if (open && link.uid !== process.geteuid() && link.uid !== uid) {
      throw fault('EACCES', `another user's link in a folder that everybody writes into`, given);
    }
    const to = fs.readlinkSync(file);
    // not resolved by words: what `..` means behind a link, the system knows
    file = path.isAbsolute(to) ? to : `${folder}/${to}`;
  }
  throw fault('ELOOP', 'too many symbolic links encountered', given);
}

const fault = (code, words, file) =>
  Object.assign(new Error(`${code}: ${words}, open '${file}'`), { code, syscall: 'open', path: file });

function keepOwner(file, { uid, gid, mode }) {
  try {
    fs.fchownSync(file, uid, gid);
  } catch {
    // Only the superuser may give files away; the file is then the writer's, with nobody else's rights.
    return fs.fchmodSync(file, mode & 0o777);
  }
  fs.fchmodSync(file, mode & 0o7777);
}

/** Makes a new name durable too, or what a file holds; some file systems do not offer that. */
function syncFolder(folder) {
  let file;
  try {
    file = fs.openSync(folder, 'r');
    fs.fsyncSync(file);
  } catch {
    // The file itself is on the disk; only its name could still be lost in a power failure.
  } finally {
    if (file !== undefined) fs.closeSync(file);
  }
}

/** Names what is missing: the system's own message names a file that nobody asked for. */
function withoutFolder(given, cause) {
  const folder = path.dirname(path.resolve(given));
  const message = `Cannot write ${given}: expected a folder ${folder}, got none; make it first`;
  return Object.assign(new Error(message, { cause }), { code: cause.code });
}

/** See atomic.d.ts. */
function writeAtomically(given, content, check = () => {}, { mode = undefined, durable = true } = {}) {
  const parts = typeof content === 'string' ? [Buffer.from(content)] : content;
  const chunks = parts instanceof Uint8Array ? [parts] : parts;
  const target = behindLinks(given);
  const old = fs.statSync(target, { throwIfNoEntry: false });
  if (old && !old.isFile()) return writeChunks(fs.openSync(target, 'w'), chunks);
  const draft = draftBeside(target);
  try {
    // 'wx' makes a new file or none: it follows no link that lies in wait
    writeChunks(fs.openSync(draft, 'wx', mode), chunks, (file) => {
      if (mode === undefined && old) keepOwner(file, old);
      if (durable) fs.fsyncSync(file);
    });
    check(draft);
    fs.renameSync(draft, target);
  } catch (error) {
    fs.rmSync(draft, { force: true });
    throw fs.existsSync(path.dirname(target)) ? error : withoutFolder(given, error);
  }
  if (durable) syncFolder(path.dirname(target));
}

/** Every file of a folder, and the folders themselves, to the disk. */
function syncAll(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory()) syncAll(at);
    else if (entry.isFile()) syncFolder(at);
  }
  syncFolder(folder);
}

/** See atomic.d.ts. */
function replaceFolder(given, make) {
  const target = behindLinks(given);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  const [draft, old] = [draftBeside(target), draftBeside(target)];
  try {
    fs.mkdirSync(draft);
    make(draft);
    syncAll(draft);
    const there = fs.existsSync(target);
    if (there) fs.renameSync(target, old);
    try {
      fs.renameSync(draft, target);
    } catch (error) {
      if (there) fs.renameSync(old, target);
      throw error;
    }
  } finally {
    for (const rest of [draft, old]) fs.rmSync(rest, { recursive: true, force: true });
  }
  syncFolder(path.dirname(target));
}

module.exports = { writeAtomically, replaceFolder, draftBeside, behindLinks, syncFolder, startOf, alive };
