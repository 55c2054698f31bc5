'use strict';
// One process at a time. Written here, in plain JavaScript, because it must hold before node_modules exists.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { alive, draftBeside, startOf } = require('./atomic');

const FOREIGN_STALE_MS = 60_000; // a holder on another host proves its life by touching the file
const TOUCH_MS = 10_000;
const POLL_MS = 250;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
const MOST_BYTES = 2 ** 16;

/** What a lock says, and who wrote it. */
function read(file) {
  let open;
  try {
    open = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const { uid, size } = fs.fstatSync(open);
    return size > MOST_BYTES ? undefined : { ...JSON.parse(fs.readFileSync(open, 'utf8')), uid };
  } catch {
    return undefined; // gone, or cut off by a full disk or a kill
  } finally {
    if (open !== undefined) fs.closeSync(open);
  }
}

/** A file that was not there before: 'wx' follows no link that lies in wait. */
const writeNew = (file, holder) =>
  fs.writeFileSync(file, JSON.stringify(holder), { flag: 'wx', mode: 0o644 });

/** Whether a lock names a process that is not its writer's: nobody holds a lock for another. */
function isLie({ pid, uid }) {
  try {
    // the last of the four makes files; the folder's owner is not asked: it is root for a program with rights of its own
    const [, owner] = /^Uid:(?:\s+\d+){3}\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'latin1'));
    return areOwned && Number(owner) !== uid;
  } catch {
    return false; // it has ended, or the system does not say
  }
}

function isStale(file) {
  const holder = read(file);
  if (holder && holder.host === os.hostname()) return !alive(holder) || isLie(holder);
  try {
    // as old, or as far in the future: a clock was put right, or somebody wants us to wait for ever
    const { mtimeMs } = fs.lstatSync(file);
    return Math.abs(Date.now() - mtimeMs) > (holder ? FOREIGN_STALE_MS : TOUCH_MS);
  } catch {
    return false; // released meanwhile: simply try again
  }
}

function takeWithoutLinks(file, holder) {
  try {
    writeNew(file, holder);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Whether files have their writers as owners: those of other systems' disks have not. */
let areOwned = false;

/** Creates the lock with its content in one step (link fails if it exists); true if it is ours now. */
function tryTake(file, holder) {
  const draft = draftBeside(file);
  writeNew(draft, holder);
  try {
    areOwned = process.geteuid !== undefined && fs.statSync(draft).uid === process.geteuid();
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    if (error.code !== 'EPERM' && error.code !== 'ENOTSUP') throw error;
    return takeWithoutLinks(file, holder); // exFAT and some network folders have no hard links
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/** Whether a process was started under this very lock: its environment says so, which others can neither set nor read. */
function isOfLock(pid, file) {
  try {
    const [, names = ''] =
      /(?:^|\0)TSDL_LOCK=([^\0]*)/.exec(fs.readFileSync(`/proc/${pid}/environ`, 'utf8')) ?? [];
    return names.split(path.delimiter).includes(file);
  } catch {
    return false; // it ended, or is another user's
  }
}

/** Ends what a killed holder of the same user left running: its child process groups, known by pid and start time. */
function endOrphans(file, holder) {
  const isOwn = process.geteuid === undefined || holder.uid === process.geteuid();
  if (!isOwn || !Array.isArray(holder.children)) return;
  for (const child of holder.children) {
    if (!child?.start || !alive(child) || !isOfLock(child.pid, file)) continue;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // ended on its own meanwhile
    }
  }
}

/** Removes a lock whose holder died. Only one process at a time may judge, or two could remove two locks. */
function takeOver(file) {
  const judge = `${file}.judge`;
  if (!tryTake(judge, { pid: process.pid, start: startOf(process.pid), host: os.hostname() })) {
    if (isStale(judge)) fs.rmSync(judge, { force: true });
    return;
  }
  try {
    if (!isStale(file)) return;
    const holder = read(file);
    if (holder && holder.host === os.hostname()) endOrphans(file, holder);
    fs.rmSync(file, { force: true });
  } finally {
    fs.rmSync(judge, { force: true });
  }
}

/** The lock this process holds: file → what the file says. Children are noted there, see noteChild. */
const held = new Map();

/** What a child process carries, so that whoever takes over can tell it from any other. */
const mark = () => ({ TSDL_LOCK: [...held.keys()].join(path.delimiter) });

/** Notes a child process in every held lock, so that whoever takes over can end it. */
function noteChild(pid) {
  for (const [file, holder] of held) {
    holder.children = holder.children.filter(alive).concat({ pid, start: startOf(pid) });
    const draft = draftBeside(file);
    writeNew(draft, holder);
    fs.renameSync(draft, file);
  }
}

/**
 * Runs `work` while holding `file`. A second process waits (told once through `onWait`, with the holder's pid) until
 * it is free or `signal` aborts; the lock of a killed process is taken over at once, and what that process left running
 * is ended first.
 */
async function withLock(given, work, onWait = () => {}, signal = undefined) {
  const file = path.resolve(given);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const holder = { pid: process.pid, start: startOf(process.pid), host: os.hostname(), children: [] };
  for (let told = false; !tryTake(file, holder);) {
    if (signal) signal.throwIfAborted();
    if (isStale(file)) takeOver(file);
    else {
      if (!told) onWait((read(file) || {}).pid);
      told = true;
      await sleep(POLL_MS);
    }
  }
  held.set(file, holder);
  const touch = setInterval(() => fs.utimes(file, new Date(), new Date(), () => {}), TOUCH_MS);
  touch.unref();
  try {
    return await work();
  } finally {
    clearInterval(touch);
    held.delete(file);
    fs.rmSync(file, { force: true });
  }
}

module.exports = { withLock, noteChild, mark };
