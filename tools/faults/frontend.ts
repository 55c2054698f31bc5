/** A kernel of its own, and a front end that has its key. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { address, type Connection, type SocketName } from '../../src/kernel/jupyter/connection';
import { type Json, Wire } from '../../src/kernel/jupyter/wire';
import { RawPeer } from '../../test/support/rawpeer';

export const ROOT = resolve(__dirname, '../..');
export const SOCKETS: readonly SocketName[] = ['shell', 'control', 'iopub', 'stdin', 'hb'];

/** Where one socket listens. */
export function placeOf(connection: Connection, name: SocketName): NetConnectOpts {
  const [, where = ''] = address(connection, name).split('://');
  if (connection.transport === 'ipc') return { path: where };
  return { host: connection.ip, port: connection.ports[name] };
}

/** What a cell came to. */
export interface Ran {
  readonly status: string;
  readonly text: string;
  readonly result: string;
  readonly error: string;
}

/** Resident megabytes of a process; 0 for one that is gone. */
export function residentOf(pid: number): number {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096) / 2 ** 20;
  } catch {
    return 0;
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((listening) => server.once('listening', listening))));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

/** Starts kernels one after the other on the same sockets, and runs cells in them. */
export class FrontEnd {
  private child: ChildProcess | undefined;
  private shell: RawPeer | undefined;
  private iopub: RawPeer | undefined;
  private arrived = (): void => undefined;
  readonly wire: Wire;

  private constructor(
    readonly folder: string,
    readonly connection: Connection,
  ) {
    this.wire = new Wire(connection.key, randomUUID());
  }

  static async open(transport: 'tcp' | 'ipc' = 'tcp'): Promise<FrontEnd> {
    const folder = mkdtempSync(join(tmpdir(), 'tsdl-faults-'));
    chmodSync(folder, 0o711); // strangers come as far as the sockets
    mkdirSync(join(folder, 'tmp'));
    const numbers = transport === 'tcp' ? await freePorts(5) : [1, 2, 3, 4, 5];
    const ports = Object.fromEntries(SOCKETS.map((name, at) => [name, numbers[at]])) as Connection['ports'];
    const ip = transport === 'tcp' ? '127.0.0.1' : join(folder, 'kernel');
    const front = new FrontEnd(folder, { transport, ip, key: randomUUID(), ports });
    await front.start();
    return front;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  get isAlive(): boolean {
    return this.child?.exitCode === null && this.child.signalCode === null;
  }

  /** The kernel ends with this process. */
  async start(): Promise<void> {
    const { transport, ip, key, ports } = this.connection;
    const named = Object.fromEntries(Object.entries(ports).map(([name, port]) => [`${name}_port`, port]));
    const file = join(this.folder, 'connection.json');
    writeFileSync(file, JSON.stringify({ transport, ip, key, ...named }), { mode: 0o600 });
    this.child = spawn(process.execPath, [join(ROOT, 'bin/kernel.js'), '-f', file], {
      cwd: this.folder,
      env: {
        ...process.env,
        MALLOC_ARENA_MAX: '1',
        TMPDIR: join(this.folder, 'tmp'),
        XDG_STATE_HOME: this.folder,
        JPY_PARENT_PID: String(process.pid),
      },
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    await this.connect();
  }

  private async connect(): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
      this.iopub = await RawPeer.connect(placeOf(this.connection, 'iopub'), 'SUB');
      this.shell = await RawPeer.connect(placeOf(this.connection, 'shell'), 'DEALER');
      if (!this.iopub.isClosed && !this.shell.isClosed) break;
      await sleep(100);
    }
    this.iopub?.listen(() => this.arrived());
    this.shell?.listen();
    await this.iopub?.send(['\x01']);
  }

  /** Sends a signed message; gives its id and its frames. */
  async send(type: string, content: Json): Promise<{ id: string; frames: (string | Uint8Array)[] }> {
    const frames = this.wire.write({ type, content, parent: undefined }, []);
    await this.shell?.send(frames);
    return { id: (JSON.parse(String(frames[2])) as { msg_id: string }).msg_id, frames };
  }

  /** Sends frames as they are. */
  async sendFrames(frames: readonly (string | Uint8Array)[]): Promise<void> {
    await this.shell?.send(frames);
  }

  /** Runs a cell to its end. */
  async run(code: string, ms = 120_000): Promise<Ran> {
    const { id } = await this.send('execute_request', { code, silent: false, store_history: true });
    const ran: Noted = { status: 'late', text: '', result: '', error: '' };
    for (const end = Date.now() + ms; Date.now() < end && this.isAlive && this.iopub?.isClosed === false;) {
      for (const frames of this.iopub.take()) note(ran, id, frames);
      if (ran.status === 'idle') break;
      await Promise.race([new Promise<void>((resume) => (this.arrived = resume)), sleep(500)]);
    }
    this.shell?.take();
    return ran;
  }

  async answers(ms = 60_000): Promise<boolean> {
    return (await this.run('6 * 7', ms)).result === '42';
  }

  /** What the kernel has left in its temporary folder. */
  temporaries(): string[] {
    return readdirSync(join(this.folder, 'tmp'));
  }

  /** Resident megabytes of the server and of all below it. */
  resident(): number {
    return [this.pid, ...this.descendants()].reduce((sum, pid) => sum + residentOf(pid), 0);
  }

  /** The process in which cells run, and all others below the server. */
  descendants(pid = this.pid): number[] {
    const children = readdirSync('/proc').filter((name) => parentOf(name) === pid);
    return children.map(Number).flatMap((child) => [child, ...this.descendants(child)]);
  }

  /** Ends the kernel. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const { child } = this;
    for (const peer of [this.shell, this.iopub]) peer?.close();
    if (!child || !this.isAlive) return;
    const ended = new Promise((resume) => child.once('exit', resume));
    child.kill(signal);
    await ended;
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

type Noted = { -readonly [Key in keyof Ran]: Ran[Key] };

function note(ran: Noted, id: string, frames: Buffer[]): void {
  const at = frames.findIndex((frame) => frame.equals(Buffer.from('<IDS|MSG>')));
  const [header, parent, , content] = frames.slice(at + 2).map((frame) => JSON.parse(String(frame)) as Json);
  if (parent?.msg_id !== id || !content) return;
  const { text, evalue, data, execution_state: state } = content as Record<string, string> & { data?: Json };
  if (header?.msg_type === 'stream') ran.text += text ?? '';
  if (header?.msg_type === 'error') ran.error = evalue ?? '';
  if (header?.msg_type === 'execute_result') ran.result = String(data?.['text/plain']);
  if (header?.msg_type === 'status') ran.status = state ?? '';
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[1]);
  } catch {
    return undefined;
  }
}
