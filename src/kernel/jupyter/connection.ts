/** The connection file: where to bind and with which key to sign. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Jupyter's connection file, checked. */
export interface Connection {
  readonly transport: 'tcp' | 'ipc';
  readonly ip: string;
  readonly key: string;
  readonly ports: Readonly<Record<SocketName, number>>;
}

/** Jupyter's five channels; `hb` is the heartbeat. */
export type SocketName = 'shell' | 'control' | 'iopub' | 'stdin' | 'hb';

const SOCKETS: readonly SocketName[] = ['shell', 'control', 'iopub', 'stdin', 'hb'];

/** Some front-ends (VS Code among them) start the kernel before they write its file. */
const LATE_FILE_MS = 10_000;

/**
 * The value of `-f FILE`, `-f=FILE`, `--config-path FILE` or the first plain argument.
 * @throws TypeError if there is none
 */
export function connectionFile(argv: readonly string[]): string {
  const flags = ['-f', '--f', '--config-path', '--connection-file'];
  for (const [at, argument] of argv.entries()) {
    const [name = '', value] = argument.split(/=(.*)/s);
    if (flags.includes(name)) return value ?? argv[at + 1] ?? '';
    if (!argument.startsWith('-')) return argument;
  }
  throw new TypeError('Cannot start the kernel: expected -f CONNECTION_FILE, got no file');
}

/**
 * Reads the file, waiting for one that comes late or is still being written.
 * @throws Error if it is still not whole when the time is up
 */
export async function readConnection(file: string, waitMs = LATE_FILE_MS): Promise<Connection> {
  const end = Date.now() + waitMs;
  for (;;) {
    try {
      return parseConnection(readFileSync(file, 'utf8'));
    } catch (error) {
      if (Date.now() >= end || error instanceof RangeError)
        throw new Error(`Cannot read connection file ${file}: ${(error as Error).message}`, { cause: error });
    }
    await sleep(20);
  }
}

/**
 * Checks the text of a connection file; SyntaxError while it is not whole, RangeError for a wrong value.
 * @throws RangeError for a wrong value
 */
function parseConnection(text: string): Connection {
  const file = JSON.parse(text) as Record<string, unknown>;
  const { transport = 'tcp', ip, key = '', signature_scheme: scheme = 'hmac-sha256' } = file;
  if (transport !== 'tcp' && transport !== 'ipc') throw wrong('transport', 'tcp or ipc', transport);
  if (typeof ip !== 'string') throw wrong('ip', 'a string', ip);
  if (typeof key !== 'string') throw wrong('key', 'a string', key);
  if (key !== '' && scheme !== 'hmac-sha256') throw wrong('signature_scheme', 'hmac-sha256', scheme);
  const ports = Object.fromEntries(
    SOCKETS.map((name) => {
      const port = file[`${name}_port`];
      if (!Number.isInteger(port)) throw wrong(`${name}_port`, 'an integer', port);
      return [name, port];
    }),
  ) as Record<SocketName, number>;
  return { transport, ip, key, ports };
}

function wrong(field: string, expected: string, actual: unknown): RangeError {
  return new RangeError(`${field} must be ${expected}, got ${JSON.stringify(actual)}`);
}

/** ZeroMQ address of one socket. */
export function address(connection: Connection, name: SocketName): string {
  const { transport, ip, ports } = connection;
  return transport === 'tcp' ? `tcp://${ip}:${ports[name]}` : `ipc://${ip}-${ports[name]}`;
}
