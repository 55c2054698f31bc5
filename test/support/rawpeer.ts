/** A peer of a kernel's sockets that says what it likes, byte by byte: what no ZeroMQ library would send. */
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { encoded } from '../../src/kernel/jupyter/zmtp';

export const GREETING = Buffer.alloc(64);
GREETING.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]);
GREETING.write('NULL', 12);

/** The command that ends the handshake. */
export function ready(type: string, identity = ''): Buffer {
  const length = (text: string): Buffer => Buffer.from([0, 0, 0, text.length]);
  const body = Buffer.concat([
    ...[Buffer.from('\x05READY\x0bSocket-Type'), length(type), Buffer.from(type)],
    ...[Buffer.from('\x08Identity'), length(identity), Buffer.from(identity)],
  ]);
  return Buffer.concat([Buffer.from([4, body.length]), body]);
}

/** One connection. */
export class RawPeer {
  private readonly chunks: Buffer[] = [];
  private readonly socket: Socket;
  /** Bytes that came, whether they were looked at or not. */
  received = 0;
  isClosed = false;

  private constructor(where: NetConnectOpts) {
    this.socket = connect(where);
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => (this.isClosed = true));
  }

  /** Connects and says what it is, without waiting for an answer. */
  static async connect(where: NetConnectOpts, type = 'DEALER', identity = ''): Promise<RawPeer> {
    const peer = await RawPeer.silent(where);
    await peer.write(Buffer.concat([GREETING, ready(type, identity)]));
    return peer;
  }

  /** Connects and says nothing. */
  static async silent(where: NetConnectOpts): Promise<RawPeer> {
    const peer = new RawPeer(where);
    await Promise.race([
      new Promise((resolve) => peer.socket.once('connect', resolve)),
      new Promise((resolve) => peer.socket.once('close', resolve)),
    ]);
    return peer;
  }

  /** Settles when the bytes are with the system; false for one that was hung up on, or that nobody reads for `ms`. */
  async write(bytes: Uint8Array, ms = 2000): Promise<boolean> {
    if (this.isClosed || !this.socket.writable) return false;
    const written = new Promise<boolean>((resolve) => this.socket.write(bytes, (error) => resolve(!error)));
    return Promise.race([written, sleep(ms, false, { ref: false })]);
  }

  send(frames: readonly (string | Uint8Array)[]): Promise<boolean> {
    return this.write(Buffer.concat(encoded(frames)));
  }

  /** Starts to take what comes; before, it stays with the system, and so does word of the other's hanging up. */
  listen(): void {
    this.socket.on('data', (chunk) => {
      this.received += chunk.length;
      this.chunks.push(chunk);
    });
  }

  /** The frames of all messages that have come by now. */
  messages(): Buffer[][] {
    const bytes = Buffer.concat(this.chunks);
    const all: Buffer[][] = [];
    let message: Buffer[] = [];
    for (let at = GREETING.length; at + 2 <= bytes.length;) {
      const flags = bytes[at] ?? 0;
      const isLong = (flags & 2) !== 0;
      const start = at + (isLong ? 9 : 2);
      const end = start + (isLong ? Number(bytes.readBigUInt64BE(at + 1)) : (bytes[at + 1] ?? 0));
      if (end > bytes.length) break;
      if ((flags & 4) === 0) message.push(bytes.subarray(start, end));
      if ((flags & 5) === 0) {
        all.push(message);
        message = [];
      }
      at = end;
    }
    return all;
  }

  close(): void {
    this.socket.destroy();
  }
}
