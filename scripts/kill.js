'use strict';
// Kills a real setup (SIGKILL, the whole process group or the process alone) at moments spread over its run, and
// checks each time that the next run completes and that the doctor finds no fault:
//   npm run test:kill [-- --times 10] [--repository URL] [--home DIR] [--keep]
// It works in a fresh clone in a temporary folder with an empty HOME, or with the one named (its npm and pip caches
// spare the first, cold run).
const { spawn, spawnSync } = require('node:child_process');
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '10' },
    repository: { type: 'string', default: path.resolve(__dirname, '..') },
    home: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});

const work = mkdtempSync(path.join(tmpdir(), 'tsdl-kill-'));
const clone = path.join(work, 'tsdl');
const env = { ...process.env, HOME: values.home ? path.resolve(values.home) : path.join(work, 'home') };
delete env.TSDL_HOME;
const setup = ['bin/tsdl.js', 'setup'];
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Puts the clone back to where a first setup starts; the caches of npm and pip in HOME stay, so that runs compare. */
function clean() {
  for (const name of ['node_modules', '.venv', '.runtime']) {
    rmSync(path.join(clone, name), { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Runs setup to its end; gives seconds and exit code. */
function whole() {
  const start = Date.now();
  const { status } = spawnSync(process.execPath, setup, { cwd: clone, env, stdio: 'inherit' });
  return { status, seconds: (Date.now() - start) / 1000 };
}

/** Starts setup, and kills it after `ms`: alone (its npm, pip and compiler go on) or with all it started. */
async function killed(ms, alone) {
  const child = spawn(process.execPath, setup, {
    cwd: clone,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  const ended = new Promise((resolve) => child.on('close', (code) => resolve(code)));
  const early = await Promise.race([ended, sleep(ms)]);
  if (early !== undefined) return `ended by itself (${early})`;
  process.kill(alone ? child.pid : -child.pid, 'SIGKILL');
  await ended;
  return `killed after ${(ms / 1000).toFixed(1)} s${alone ? ', children left running' : ''}`;
}

async function main() {
  spawnSync('git', ['clone', '-q', values.repository, clone], { stdio: 'inherit' });
  spawnSync('mkdir', ['-p', env.HOME]);
  const first = whole();
  if (first.status !== 0) throw new Error(`Cannot measure setup: it ended with ${first.status}`);
  clean();
  const reference = whole(); // with warm caches, as all that follow
  console.log(
    `\nfirst setup ${first.seconds.toFixed(0)} s, with warm caches ${reference.seconds.toFixed(0)} s\n`,
  );
  const times = Number(values.times);
  const failures = [];
  for (let i = 0; i < times; i++) {
    clean();
    const at = ((i + 0.5) / times) * reference.seconds * 1000;
    const how = await killed(at, i % 2 === 0);
    const again = whole();
    const doctor = spawnSync(process.execPath, ['bin/tsdl.js', 'doctor', '--json'], {
      cwd: clone,
      env,
      encoding: 'utf8',
    });
    const good = again.status === 0 && doctor.status === 0;
    if (!good) failures.push(how);
    console.log(
      `\n${good ? '✔' : '✗'} ${i + 1}/${times}: ${how}; next run ${again.seconds.toFixed(0)} s, exit ${again.status}; doctor ${doctor.status}\n`,
    );
    if (doctor.status !== 0) console.log(doctor.stdout);
  }
  if (!values.keep) rmSync(work, { recursive: true, force: true, maxRetries: 5 });
  console.log(`${times - failures.length} of ${times} kills survived`);
  return failures.length === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
