'use strict';
// Child processes of setup: each in its own group, noted in the lock, ended when setup is ended.
const { spawn } = require('node:child_process');
const { mark, noteChild } = require('./lock');

const TAIL = 20_000; // characters of output kept for an error message
const groups = new Set();

function endAll() {
  for (const pid of groups) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // already gone
    }
  }
}

/** One handler a signal, listening only while children run: otherwise a signal means what it always means. */
const handlers = Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }).map(([signal, code]) => [
  signal,
  () => {
    endAll();
    process.exit(code);
  },
]);

function watch(pid) {
  if (groups.size === 0) handlers.forEach(([signal, handler]) => process.on(signal, handler));
  groups.add(pid);
}

function unwatch(pid) {
  groups.delete(pid);
  if (groups.size === 0) handlers.forEach(([signal, handler]) => process.off(signal, handler));
}

/**
 * Runs a program to its end and gives { code, output }: the exit code (127 where the program does not exist, 126 where
 * it may not be started) and the end of stdout and stderr together. `onLine` sees each line as it comes.
 */
function runChild(command, args, { cwd, env = process.env, onLine = () => {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...env, ...mark() },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let rest = '';
    const take = (chunk) => {
      output = (output + chunk).slice(-TAIL);
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      lines.forEach(onLine);
    };
    const finish = (code) => {
      unwatch(child.pid);
      resolve({ code, output });
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.on('error', (error) => {
      output += error.message; // spawn pip EACCES
      finish(error.code === 'ENOENT' ? 127 : 126);
    });
    child.on('close', (code, signal) => finish(code ?? (signal ? 128 : 1)));
    if (child.pid === undefined) return;
    watch(child.pid);
    noteChild(child.pid);
  });
}

module.exports = { runChild };
