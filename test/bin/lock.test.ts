import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { withLock } from '../../bin/bootstrap/lock';

const BOOTSTRAP = resolve(__dirname, '../../bin/bootstrap');

/** Takes the lock in another process, starts a long child there, and says when both are done. */
const HOLDER = `
  const { withLock } = require('${BOOTSTRAP}/lock');
  const { runChild } = require('${BOOTSTRAP}/child');
  withLock(process.argv[1], async () => {
    const child = runChild('sh', ['-c', 'echo $$ > "$0"; exec sleep 60', process.argv[2]]);
    await child;
  });`;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((done) => setTimeout(done, 20));
}

const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('withLock', () => {
  let dir: string;
  let lock: string;
  const started: ChildProcess[] = [];

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tsdl-lock-'));
    lock = join(dir, 'setup.lock');
  });
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });

  it('lets one in at a time, and tells the second once who works', async () => {
    const events: string[] = [];
    const told: unknown[] = [];
    const first = withLock(lock, async () => {
      events.push('first in');
      await until(() => told.length > 0);
      events.push('first out');
    });
    const second = withLock(
      lock,
      () => Promise.resolve(events.push('second in')),
      (pid) => told.push(pid),
    );
    await Promise.all([first, second]);
    assert.deepEqual(events, ['first in', 'first out', 'second in']);
    assert.deepEqual(told, [process.pid]);
    assert.equal(existsSync(lock), false);
  });

  it('gives the result, and releases the lock when the work throws', async () => {
    assert.equal(await withLock(lock, () => Promise.resolve(42)), 42);
    await assert.rejects(
      withLock(lock, () => Promise.reject(new Error('no network'))),
      /no network/,
    );
    assert.equal(existsSync(lock), false);
  });

  it('takes over from a killed process at once, and ends what that process left running', async () => {
    const note = join(dir, 'child');
    const holder = spawn(process.execPath, ['-e', HOLDER, lock, note], { stdio: 'ignore' });
    started.push(holder);
    await until(() => existsSync(note) && readFileSync(note, 'utf8').endsWith('\n'));
    const orphan = Number(readFileSync(note, 'utf8'));
    await until(() => readFileSync(lock, 'utf8').includes(String(orphan)));
    holder.kill('SIGKILL');
    await new Promise((done) => holder.once('close', done));
    assert.ok(runs(orphan), 'the child outlives its parent');
    await withLock(lock, () => Promise.resolve());
    await until(() => !runs(orphan));
  });

  it('does not mistake another process of the same number for the holder', async () => {
    writeFileSync(
      lock,
      JSON.stringify({ pid: process.pid, start: 'long ago', host: hostname(), children: [] }),
    );
    await withLock(lock, () => Promise.resolve());
  });

  it('waits for a holder on another machine as long as it gives signs of life', async () => {
    writeFileSync(lock, JSON.stringify({ pid: 1, start: '1', host: 'elsewhere', children: [] }));
    const told: unknown[] = [];
    const waiting = withLock(
      lock,
      () => Promise.resolve('in'),
      (pid) => told.push(pid),
    );
    await until(() => told.length > 0);
    assert.deepEqual(told, [1]);
    rmSync(lock); // the other machine is done
    assert.equal(await waiting, 'in');
  });
});
