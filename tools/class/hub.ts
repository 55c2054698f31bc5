/** A JupyterHub of real accounts on the loopback interface, and students who run a notebook on it at once. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { type Account, call, freePort, type Room } from './room';
import { usedBy, watch } from './usage';

/** Kernels that did nothing for so long are ended; short, so that the test sees it. */
const CULL_SECONDS = 30;
/** Servers without a kernel that works are ended after so long. */
const LEAVE_SECONDS = 120;

export interface Visit {
  readonly kernel: string;
  /** Seconds until the first cell was done, and until the last one was. */
  readonly firstCell: number;
  readonly seconds: number;
  readonly errors: readonly { id: string; name: string; message: string }[];
}

export interface Lesson {
  readonly visits: readonly Visit[];
  /** Largest memory of each student's kernel and server, and of all together, in MB. */
  readonly kernelMB: readonly number[];
  readonly serverMB: readonly number[];
  readonly togetherMB: number;
}

export class Hub {
  private readonly token = randomBytes(16).toString('hex');
  private url = '';
  private process: ChildProcess | undefined;

  constructor(private readonly room: Room) {}

  /** Starts the hub and waits until it answers. */
  async open(): Promise<void> {
    const { folder, venv, accounts, env } = this.room;
    const [port, hubPort, proxyPort] = [await freePort(), await freePort(), await freePort()];
    const times = { cullSeconds: CULL_SECONDS, leaveSeconds: LEAVE_SECONDS };
    const settings = { port, hubPort, proxyPort, folder, venv, token: this.token, ...times };
    const proxy = join(folder, 'node_modules/.bin/configurable-http-proxy');
    const users = accounts.map(({ name }) => name);
    const log = openSync(this.log, 'w');
    const config = join(__dirname, 'jupyterhub_config.py');
    this.url = `http://127.0.0.1:${port}/`;
    this.process = spawn(join(venv, 'bin/jupyterhub'), ['--config', config], {
      cwd: folder,
      env: { ...process.env, ...env, TSDL_CLASS: JSON.stringify({ ...settings, proxy, users }) },
      stdio: ['ignore', log, log],
    });
    await this.until('the hub answers', 60, async () => (await fetch(`${this.url}hub/api/`)).ok);
  }

  get log(): string {
    return join(this.room.folder, 'jupyterhub.log');
  }

  private async until(what: string, seconds: number, done: () => boolean | Promise<boolean>): Promise<void> {
    for (const end = Date.now() + 1000 * seconds; Date.now() < end; await sleep(500)) {
      if (this.process?.exitCode !== null) break;
      if (await Promise.resolve(done()).catch(() => false)) return;
    }
    throw new Error(`Cannot go on: expected that ${what} within ${seconds} s\n${this.lastWords}`);
  }

  private get lastWords(): string {
    return readFileSync(this.log, 'utf8').split('\n').slice(-30).join('\n');
  }

  private async ask(path: string, method = 'GET', body?: unknown): Promise<Record<string, unknown>> {
    const answer = await fetch(`${this.url}hub/api/${path}`, {
      method,
      headers: { Authorization: `token ${this.token}` },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok)
      throw new Error(
        `Cannot ask the hub for ${method} ${path}: got ${answer.status} ${text}\n${this.lastWords}`,
      );
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  }

  /** Students run the notebook of the folder at the same time, each in the own home. */
  async lesson(accounts: readonly Account[], folder: string, notebook: string): Promise<Lesson> {
    const tokens = await Promise.all(accounts.map((account) => this.arrive(account, folder)));
    const memory = watch(accounts.map(({ uid }) => uid));
    const visits = await Promise.all(
      accounts.map(({ name }, i) => this.visit(name, tokens[i] ?? '', `course/${notebook}`)),
    );
    const { each, together } = memory.stop();
    return {
      visits,
      kernelMB: each.map(({ kernel }) => Math.round(kernel)),
      serverMB: each.map(({ server }) => Math.round(server)),
      togetherMB: Math.round(together),
    };
  }

  /** Gives a student the notebooks and a running server; the answer is the student's token. */
  private async arrive({ name, uid, gid, home }: Account, folder: string): Promise<string> {
    cpSync(folder, join(home, 'course'), { recursive: true });
    call('chown', ['--recursive', `${uid}:${gid}`, join(home, 'course')]);
    await this.ask(`users/${name}`, 'POST').catch(() => undefined); // known from the lesson before
    const { servers } = await this.ask(`users/${name}`);
    if (Object.keys(servers as object).length === 0) await this.ask(`users/${name}/server`, 'POST');
    await this.until(`the server of ${name} runs`, 180, async () => {
      const user = (await this.ask(`users/${name}`)) as { servers: Record<string, { ready: boolean }> };
      return user.servers['']?.ready === true;
    });
    const { token } = await this.ask(`users/${name}/tokens`, 'POST', { note: 'a visit' });
    return String(token);
  }

  private async visit(name: string, token: string, notebook: string): Promise<Visit> {
    const script = join(__dirname, 'student.py');
    const python = join(this.room.venv, 'bin/python');
    const { stdout } = await promisify(execFile)(python, [
      script,
      `${this.url}user/${name}/`,
      token,
      notebook,
    ]);
    return JSON.parse(stdout) as Visit;
  }

  /** A student's connection files: sockets of the file system that only the student may open. */
  checkConnections({ home }: Account): void {
    const runtime = join(home, '.local/share/jupyter/runtime');
    const files = readdirSync(runtime).filter((file) => /^kernel-.*\.json$/.test(file));
    assert.ok(files.length > 0, 'a kernel has a connection file');
    for (const file of files) {
      const { transport } = JSON.parse(readFileSync(join(runtime, file), 'utf8')) as { transport: string };
      assert.equal(transport, 'ipc');
      assert.equal(statSync(join(runtime, file)).mode & 0o077, 0, 'nobody else reads the key');
    }
  }

  /** Waits until kernels that do nothing have been ended and their memory is free; the servers stay. */
  async culled(accounts: readonly Account[]): Promise<void> {
    await this.until('idle kernels are ended', 3 * CULL_SECONDS, () =>
      accounts.every(({ uid }) => usedBy(uid).kernel === 0),
    );
    for (const { uid, name } of accounts)
      assert.ok(usedBy(uid).server > 0, `the server of ${name} still runs`);
  }

  /** Waits until servers that nobody uses have been ended. */
  async left(accounts: readonly Account[]): Promise<void> {
    await this.until('unused servers are ended', 4 * LEAVE_SECONDS, () =>
      accounts.every(({ uid }) => usedBy(uid).server === 0),
    );
  }

  /** Ends the hub, its proxy and the students' servers. */
  async close(): Promise<void> {
    const hub = this.process;
    if (hub === undefined || hub.exitCode !== null) return;
    const ended = new Promise((resolve) => hub.on('close', resolve));
    hub.kill('SIGTERM');
    await Promise.race([ended, sleep(30_000).then(() => hub.kill('SIGKILL'))]);
  }
}
