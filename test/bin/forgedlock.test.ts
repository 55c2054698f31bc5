/** Locks that others wrote, or that say what is not so: they end no process, and nobody waits for them for ever. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';

import { startOf } from '../../bin/bootstrap/atomic';
import { withLock } from '../../bin/bootstrap/lock';
import { temporaryFolder } from '../support/folder';

const NOBODY = 65_534;
const isRoot = process.geteuid?.() === 0;
const [PAST, FUTURE] = [new Date('2001-01-01'), new Date('2099-01-01')];
/** A number that no process has. */
const GONE = 2 ** 22 + 1;

const runs = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

describe('a forged lock', function () {
  this.timeout(20_000);
  if (process.platform !== 'linux') return;
  const started: ChildProcess[] = [];
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    assert.equal(existsSync(lock()), false, 'nothing is left of it');
  });
  const file = temporaryFolder();
  const lock = (): string => file('setup.lock');
  const says = (holder: object): void =>
    writeFileSync(lock(), JSON.stringify({ host: hostname(), children: [], ...holder }));
  const taken = (): Promise<string> => withLock(lock(), () => Promise.resolve('taken'));

  /** A process, of another account where there can be one. */
  function strangers(
    env = {},
    uid = isRoot ? NOBODY : undefined,
  ): { pid: number; start: string; child: ChildProcess } {
    const child = spawn('sleep', ['60'], {
      detached: true,
      stdio: 'ignore',
      env: { ...process.env, ...env },
      ...(uid !== undefined && { uid }),
    });
    started.push(child);
    const pid = child.pid ?? assert.fail();
    return { pid, start: startOf(pid), child };
  }

  it('that names init or a stranger’s process as its holder is none', async function () {
    if (!isRoot) return this.skip(); // only root may give files away
    const stranger = strangers();
    for (const { pid, start, uid } of [
      { pid: 1, start: startOf(1), uid: NOBODY },
      { ...stranger, uid: 0 },
      { ...stranger, uid: NOBODY - 1 },
    ]) {
      says({ pid, start });
      chownSync(lock(), uid, uid);
      assert.equal(await taken(), 'taken');
    }
    assert.ok(runs(stranger.child));
  });

  it('whose holder is a group, everybody, or no number is none', async () => {
    for (const pid of [0, -1, -process.pid, 1.5, '1', `1/../${process.pid}`, null, [1], {}, true, 1e300]) {
      says({ pid, start: '' });
      assert.equal(await taken(), 'taken', JSON.stringify(pid));
    }
    says({ pid: process.pid }); // of a real process, without its start
    assert.equal(await taken(), 'taken');
  });

  it('ends no process but one that was started under it', async () => {
    const [stranger, own] = [strangers(), strangers({}, undefined)];
    const other = strangers({ TSDL_LOCK: `${lock()}.other` }, undefined);
    const children = [stranger, own, other].flatMap(({ pid, start }) => [
      { pid, start },
      { pid: String(pid), start },
    ]);
    const odd = [1, 0, -1, -own.pid, `../${own.pid}`, `${own.pid}/../1`, NaN, [own.pid]];
    children.push(...odd.map((pid) => ({ pid: pid as number, start: startOf(1) })));
    for (const list of [children, [null, 1, 'x', [], { pid: own.pid }], { length: 1 }, 'x', null]) {
      says({ pid: GONE, start: '1', children: list });
      assert.equal(await taken(), 'taken');
    }
    for (const { child } of [stranger, own, other]) assert.ok(runs(child));
  });

  it('of another account ends nothing, though it was started under it', async function () {
    if (!isRoot) return this.skip();
    const { pid, start, child } = strangers({ TSDL_LOCK: lock() }, undefined);
    says({ pid: GONE, start: '1', children: [{ pid, start }] });
    chownSync(lock(), NOBODY, NOBODY);
    assert.equal(await taken(), 'taken');
    assert.ok(runs(child));
  });

  it('that is a link is not followed, wherever it leads', async () => {
    const target = file('target');
    writeFileSync(
      target,
      JSON.stringify({ pid: process.pid, start: startOf(process.pid), host: hostname() }),
    );
    for (const to of [target, file('nowhere'), '/dev/zero', lock(), dirname(target)]) {
      symlinkSync(to, lock());
      lutimesSync(lock(), PAST, PAST);
      assert.equal(await taken(), 'taken', to);
    }
    assert.match(readFileSync(target, 'utf8'), /"pid"/, 'what it led to is as it was');
    assert.ok(!existsSync(file('nowhere')));
  });

  it('of the future, huge, a pipe, or of no sense is none', async () => {
    writeFileSync(lock(), '');
    utimesSync(lock(), FUTURE, FUTURE);
    assert.equal(await taken(), 'taken');
    says({ pid: 1, start: '1', host: 'elsewhere' });
    utimesSync(lock(), FUTURE, FUTURE);
    assert.equal(await taken(), 'taken');
    says({ pid: process.pid, start: startOf(process.pid) });
    truncateSync(lock(), 1e9);
    utimesSync(lock(), PAST, PAST);
    const before = process.resourceUsage().maxRSS;
    assert.equal(await taken(), 'taken');
    assert.ok(process.resourceUsage().maxRSS - before < 100_000, 'in kB');
    assert.equal(spawnSync('mkfifo', [lock()]).status, 0);
    utimesSync(lock(), PAST, PAST);
    assert.equal(await taken(), 'taken');
    for (const text of ['null', '5', '[]', '"x"', '{"host":{}}', '\0', '{'.repeat(60_000)]) {
      writeFileSync(lock(), text);
      utimesSync(lock(), PAST, PAST);
      assert.equal(await taken(), 'taken', text.slice(0, 10));
    }
  });

  it('in the judge’s place stops nobody either', async () => {
    says({ pid: GONE, start: '1' });
    symlinkSync('/dev/zero', `${lock()}.judge`);
    lutimesSync(`${lock()}.judge`, PAST, PAST);
    assert.equal(await taken(), 'taken');
    assert.equal(existsSync(`${lock()}.judge`), false);
  });

  it('that is a folder is told, and left alone', async () => {
    mkdirSync(`${lock()}.d/x`, { recursive: true });
    utimesSync(`${lock()}.d`, PAST, PAST);
    await assert.rejects(
      withLock(`${lock()}.d`, () => Promise.resolve()),
      /directory|EISDIR/,
    );
    assert.ok(existsSync(`${lock()}.d/x`));
  });
});
