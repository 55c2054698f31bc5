'use strict';
// Child processes of setup: each in its own group, noted in the lock, ended when setup is ended.
const { spawn } = require('node:child_process');
const { noteChild } = require('./lock');

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

for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
  process.on(signal, () => {
    if (groups.size === 0) return; // others decide what the signal means
    endAll();
    process.exit(code);
  });
}

/**
 * Runs a program to its end and gives { code, output }: the exit code (127 where the program does not exist) and the
 * end of stdout and stderr together. `onLine` sees each line as it comes.
 */
function runChild(command, args, { cwd, env = process.env, onLine = () => {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let rest = '';
    const take = (chunk) => {
      output = (output + chunk).slice(-TAIL);
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      lines.forEach(onLine);
    };
    const finish = (code) => {
      groups.delete(child.pid);
      resolve({ code, output });
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.on('error', (error) => finish(error.code === 'ENOENT' ? 127 : 126));
    child.on('close', (code, signal) => finish(code ?? (signal ? 128 : 1)));
    if (child.pid === undefined) return;
    groups.add(child.pid);
    noteChild(child.pid);
  });
}

module.exports = { runChild };
