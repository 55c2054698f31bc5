'use strict';
// One process at a time. Written here, in plain JavaScript, because it must hold before node_modules exists.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const FOREIGN_STALE_MS = 60_000; // a holder on another host proves its life by touching the file
const TOUCH_MS = 10_000;
const POLL_MS = 250;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

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
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  return !start || startOf(pid) === start;
}

function read(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined; // gone, or cut off by a full disk or a kill
  }
}

function isStale(file) {
  const holder = read(file);
  if (holder && holder.host === os.hostname()) return !alive(holder);
  try {
    return Date.now() - fs.statSync(file).mtimeMs > (holder ? FOREIGN_STALE_MS : TOUCH_MS);
  } catch {
    return false; // released meanwhile: simply try again
  }
}

function takeWithoutLinks(file, holder) {
  try {
    fs.writeFileSync(file, JSON.stringify(holder), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Creates the lock with its content in one step (link fails if it exists); true if it is ours now. */
function tryTake(file, holder) {
  const draft = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  fs.writeFileSync(draft, JSON.stringify(holder));
  try {
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

/** Ends what a killed holder left running: its child process groups, known by pid and start time. */
function endOrphans(holder) {
  for (const child of (holder && holder.children) || []) {
    if (!child.start || !alive(child)) continue;
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
    if (holder && holder.host === os.hostname()) endOrphans(holder);
    fs.rmSync(file, { force: true });
  } finally {
    fs.rmSync(judge, { force: true });
  }
}

/** The lock this process holds: file → what the file says. Children are noted there, see noteChild. */
const held = new Map();

/** Notes a child process in every held lock, so that whoever takes over can end it. */
function noteChild(pid) {
  for (const [file, holder] of held) {
    holder.children = holder.children.filter(alive).concat({ pid, start: startOf(pid) });
    const draft = `${file}.${process.pid}.note`;
    fs.writeFileSync(draft, JSON.stringify(holder));
    fs.renameSync(draft, file);
  }
}

/**
 * Runs `work` while holding `file`. A second process waits (told once through `onWait`, with the holder's pid) until
 * it is free or `signal` aborts; the lock of a killed process is taken over at once, and what that process left running
 * is ended first.
 */
async function withLock(file, work, onWait = () => {}, signal = undefined) {
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

module.exports = { withLock, noteChild, startOf };
