import '../../../src/engine/tf';

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { isNative } from '../../../src/engine/backend/rawops';
import { temporaryFolder } from '../../support/folder';
import { PROJECT } from '../../support/sources';

/** Tells where it stands once it has joined, and waits to be ended. */
const PROGRAM = `
import '${PROJECT}/src/engine/tf';
console.log('JOINED ' + JSON.stringify({ pid: process.pid, hosts: JSON.parse(process.env.TSDL_CLUSTER).hosts }));
setTimeout(() => undefined, 60_000);
`;

interface Joined {
  readonly pid: number;
  readonly hosts: readonly string[];
}

/** A user with no rights at all. */
const NOBODY = ['--reuid=65534', '--regid=65534', '--clear-groups'];

/** Whether a user who is not this one reaches a port of this machine. */
function reachedByOthers(host: string): boolean {
  const [, port] = host.split(':');
  const code = `require('node:net').connect(${port}, '127.0.0.1', () => process.exit(0)).on('error', () => process.exit(1))`;
  return spawnSync('setpriv', [...NOBODY, process.execPath, '-e', code]).status === 0;
}

describe('workers and who reaches them', function () {
  this.timeout(120_000);
  const file = temporaryFolder();
  let launcher: ChildProcess | undefined;
  before(function () {
    if (process.platform !== 'linux' || !isNative()) this.skip();
  });
  afterEach(async () => {
    const ended = launcher && launcher.exitCode === null && once(launcher, 'exit');
    launcher?.kill('SIGTERM');
    await ended;
    launcher = undefined;
  });

  /** Starts two workers and waits until both have joined. */
  async function joined(...flags: string[]): Promise<Joined[]> {
    const script = file('program.ts');
    writeFileSync(script, PROGRAM);
    const args = [join(PROJECT, 'bin', 'tsdl.js'), 'launch', ...flags, '--workers', '2', script];
    launcher = spawn(process.execPath, args, { env: { ...process.env, TSDL_DEVICE: 'cpu' } });
    const found: Joined[] = [];
    let text = '';
    for await (const chunk of launcher.stdout ?? []) {
      text += String(chunk);
      const all = [...text.matchAll(/JOINED (\{.*\})\n/g)].map(([, json = '']) => JSON.parse(json) as Joined);
      if (all.length === 2) return all;
    }
    return found;
  }

  const otherUser = (test: Mocha.Context): void => {
    const isRoot = process.getuid?.() === 0;
    if (!isRoot || spawnSync('setpriv', ['--version']).status !== 0) test.skip(); // to become another user
  };

  it('answer on lo alone, and leave no memory that others could open', async function () {
    if (spawnSync('ss', ['-V']).status !== 0) this.skip();
    const workers = await joined();
    assert.equal(workers.length, 2);
    const listening = execFileSync('ss', ['-Hltn'], { encoding: 'utf8' }).split('\n');
    for (const host of workers[0]?.hosts ?? []) {
      const [, port] = host.split(':');
      const sockets = listening.filter((line) => line.split(/\s+/)[3]?.endsWith(`:${port}`));
      assert.ok(sockets.length > 0, `${host} listens`);
      for (const socket of sockets) assert.match(socket.split(/\s+/)[3] ?? '', /^\S*%lo:\d+$/);
    }
    assert.deepEqual(
      readdirSync('/dev/shm').filter((name) => name.startsWith('tsdl-')),
      [],
    );
    for (const { pid } of workers) {
      assert.ok(readFileSync(`/proc/${pid}/maps`, 'utf8').includes('/dev/shm/'), 'they do share memory');
    }
  });

  it('are out of reach of another user, and share no memory, in a network of their own', async function () {
    otherUser(this);
    const workers = await joined('--share-nothing');
    assert.equal(workers.length, 2);
    for (const host of workers[0]?.hosts ?? []) assert.equal(reachedByOthers(host), false, host);
    for (const { pid } of workers) {
      assert.ok(existsSync(`/proc/${pid}`));
      assert.ok(!readFileSync(`/proc/${pid}/maps`, 'utf8').includes('/dev/shm/'));
      const entered = spawnSync('setpriv', [...NOBODY, 'nsenter', `--net=/proc/${pid}/ns/net`, 'true']);
      assert.notEqual(entered.status, 0, 'another user enters their network');
    }
  });

  it('are within reach of every user of the machine without that, as the page on clusters says', async function () {
    otherUser(this);
    const workers = await joined();
    assert.ok(workers[0]?.hosts.every(reachedByOthers));
  });
});
