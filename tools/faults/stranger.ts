/**
 * Run in a process of its own, as another account where that can be: reaches for a kernel's sockets without its key, in twelve ways
 * each, and writes one line of JSON for each way. Called with the connection, which holds no key, as JSON.
 */
import { randomBytes } from 'node:crypto';
import type { NetConnectOpts } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Connection } from '../../src/kernel/jupyter/connection';
import { GREETING, RawPeer } from '../../test/support/rawpeer';
import { placeOf, SOCKETS } from './frontend';

/** What one way brought. */
export interface Reached {
  readonly socket: string;
  readonly way: string;
  /** Whether there was a connection at all. */
  readonly connected: boolean;
  /** Bytes of messages that came back. */
  readonly read: number;
}

const MB = 2 ** 20;
/** A frame with more to come, of as many bytes as the system takes for itself at once. */
const MORE = Buffer.concat([Buffer.from([3, 0, 0, 0, 0, 0, 0x10, 0, 0]), Buffer.alloc(MB)]);
const DELIMITER = '<IDS|MSG>';

type Way = (peer: RawPeer, place: NetConnectOpts) => Promise<unknown>;

/** Writes a part again and again until so many bytes are out, or nobody takes them. */
async function pour(peer: RawPeer, part: Uint8Array, bytes: number): Promise<void> {
  for (let sent = 0; sent < bytes; sent += part.length) if (!(await peer.write(part, 500))) return;
}

const forged = (): (string | Buffer)[] => {
  const header = { msg_id: randomBytes(8).toString('hex'), msg_type: 'execute_request', session: 'x' };
  const content = { code: "globalThis.forged = 'yes'", silent: false };
  const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
  return [DELIMITER, randomBytes(32).toString('hex'), ...parts];
};

const subscriptions = (): Buffer =>
  Buffer.concat(
    Array.from({ length: 2000 }, () => Buffer.concat([Buffer.from([0, 32, 1]), randomBytes(31)])),
  );

/** What a peer says before its way begins: nothing, or what it is. */
const SILENT: Readonly<Record<string, Way>> = {
  'says nothing': () => sleep(100),
  'speaks HTTP': (peer) => peer.write(Buffer.from('GET / HTTP/1.0\r\nHost: kernel\r\n\r\n'.repeat(10))),
  'random bytes': (peer) => pour(peer, randomBytes(MB), 4 * MB),
  'a handshake, then random bytes': async (peer) => {
    await peer.write(GREETING);
    await pour(peer, randomBytes(MB), 4 * MB);
  },
};

const SPEAKING: Readonly<Record<string, Way>> = {
  'random messages': async (peer) => {
    for (let i = 0; i < 300; i++)
      await peer.send(Array.from({ length: 1 + (i % 9) }, () => randomBytes((i * 37) % 400)));
  },
  'a million empty frames': (peer) => pour(peer, Buffer.alloc(100_000, Buffer.from([1, 0])), 2_000_000),
  'one message of 300 MB': async (peer) => {
    const head = Buffer.from([2, 0, 0, 0, 0, 0x12, 0xc0, 0, 0]);
    await peer.write(head);
    await pour(peer, Buffer.alloc(MB), 300 * MB);
  },
  'a message without an end': (peer) => pour(peer, MORE, 300 * MB),
  '2,200 forged signatures': async (peer) => {
    for (let i = 0; i < 2200; i++) await peer.send(forged());
  },
  '42 MB of subscriptions': (peer) => pour(peer, subscriptions(), 42 * MB),
  'a topic that is a delimiter': (peer) => peer.send([`\x01${DELIMITER}`]),
  '150 connections that stay': async (_peer, place) => {
    const many = await Promise.all(Array.from({ length: 150 }, () => RawPeer.connect(place)));
    for (const one of many) await one.write(MORE.subarray(0, 100_000), 20);
    for (const one of many) one.close();
  },
};

async function reach(connection: Connection, socket: (typeof SOCKETS)[number]): Promise<void> {
  const place = placeOf(connection, socket);
  const type = socket === 'iopub' ? 'XSUB' : 'DEALER';
  for (const [way, go] of [...Object.entries(SILENT), ...Object.entries(SPEAKING)]) {
    const isSilent = way in SILENT;
    const peer = isSilent ? await RawPeer.silent(place) : await RawPeer.connect(place, type);
    const connected = !peer.isClosed;
    peer.listen();
    if (connected) await go(peer, place);
    if (connected && socket === 'iopub' && !isSilent) await peer.send(['\x01']);
    await sleep(connected ? 50 : 0);
    const read = peer
      .messages()
      .flat()
      .reduce((sum, frame) => sum + frame.length, 0);
    peer.close();
    console.log(JSON.stringify({ socket, way, connected, read } satisfies Reached));
  }
}

async function main(): Promise<void> {
  const connection = JSON.parse(process.argv[2] ?? '') as Connection;
  for (const socket of SOCKETS) await reach(connection, socket);
}

if (require.main === module) void main();
