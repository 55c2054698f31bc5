'use strict';
// Kills a real setup (SIGKILL) at ten moments spread over its steps, and checks each time that the next run completes
// and that the doctor finds no fault:
//   npm run test:kill [-- --home DIR] [--repository URL]
// It works in a fresh clone in a temporary folder with an empty HOME, or with the one named (its npm and pip caches
// spare the cold run). Between two kills only the result of the step in question is taken away.
const { spawn, spawnSync } = require('node:child_process');
const { existsSync, mkdirSync, mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    repository: { type: 'string', default: path.resolve(__dirname, '..') },
  },
});

const work = mkdtempSync(path.join(tmpdir(), 'tsdl-kill-'));
const clone = path.join(work, 'tsdl');
const env = { ...process.env, HOME: values.home ? path.resolve(values.home) : path.join(work, 'home') };
delete env.TSDL_HOME;

/** The steps in their order: what each leaves behind, the stamp that ends it, and when to kill it. */
const STEPS = [
  { result: 'node_modules', stamp: 'node_modules/.tsdl-stamp.json', at: [0.1, 0.5, 0.95] },
  { result: '.venv', stamp: '.venv/stamp.json', at: [0.1, 0.5, 0.95] },
  { result: '.runtime/tensorflow-2.21.0-cpu', at: [0.2, 0.6, 0.95] },
  { result: '.runtime/binding-2.21.0-cpu', at: [0.5] },
].map((step) => ({ stamp: `${step.result}/stamp.json`, ...step }));

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const start = () =>
  spawn(process.execPath, ['bin/tsdl.js', 'setup'], {
    cwd: clone,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
const ended = (child) => new Promise((resolve) => child.on('close', resolve));

/** One whole setup; gives how long each step took, by the appearance of its stamp. */
async function measure() {
  const child = start();
  const code = ended(child);
  const seconds = [];
  for (const { stamp } of STEPS) {
    const began = Date.now();
    while (child.exitCode === null && !existsSync(path.join(clone, stamp))) await sleep(50);
    seconds.push((Date.now() - began) / 1000);
  }
  if ((await code) !== 0) throw new Error(`Cannot measure setup: it ended with ${child.exitCode}`);
  return seconds;
}

/** Takes a step's result away and kills the setup that makes it again; gives the seconds after which it was killed. */
async function kill(result, seconds, tries = 5) {
  rmSync(path.join(clone, result), { recursive: true, force: true, maxRetries: 5 });
  const child = start();
  const code = ended(child);
  await Promise.race([code, sleep(seconds * 1000)]);
  const early = child.exitCode !== null;
  child.kill('SIGKILL');
  await code;
  if (!early) return seconds;
  if (tries === 1) throw new Error(`Cannot kill setup: it ended within ${seconds.toFixed(1)} s each time`);
  return kill(result, seconds * 0.85, tries - 1); // faster than when it was measured: nothing was killed yet
}

/** Kills one step and lets the next setup complete; tells whether it and the doctor were content. */
async function killAt({ result }, planned) {
  const seconds = await kill(result, planned);
  const next = await ended(start());
  const doctor = spawnSync(process.execPath, ['bin/tsdl.js', 'doctor', '--lang', 'en'], {
    cwd: clone,
    env: { ...env, TSDL_OFFLINE: '1' },
    encoding: 'utf8',
  });
  const good = next === 0 && doctor.status === 0;
  const when = `${result} killed after ${seconds.toFixed(1)} s`;
  console.log(`${good ? '✔' : '✗'} ${when}; next run ${next}, doctor ${doctor.status}`);
  if (doctor.status !== 0) console.log(doctor.stdout);
  return good;
}

async function main() {
  spawnSync('git', ['clone', '-q', values.repository, clone], { stdio: 'inherit' });
  mkdirSync(env.HOME, { recursive: true });
  const seconds = await measure();
  console.log(`steps: ${seconds.map((s) => s.toFixed(0)).join(', ')} s`);
  const results = [];
  for (const [i, step] of STEPS.entries()) {
    for (const share of step.at) results.push(await killAt(step, share * seconds[i]));
  }
  rmSync(work, { recursive: true, force: true, maxRetries: 5 });
  const good = results.filter(Boolean).length;
  console.log(`${good} of ${results.length} kills survived`);
  return good === results.length ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
