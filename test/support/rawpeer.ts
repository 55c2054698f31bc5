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
  private chunks: Buffer[] = [];
  private readonly whole: Buffer[][] = [];
  private begun: Buffer[] = [];
  private isGreeted = false;
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
  listen(arrived?: () => void): void {
    this.socket.on('data', (chunk) => {
      this.received += chunk.length;
      this.chunks.push(chunk);
      arrived?.();
    });
  }

  /** The frames of all messages that have come by now. */
  messages(): readonly Buffer[][] {
    const bytes = Buffer.concat(this.chunks);
    let at = this.isGreeted ? 0 : GREETING.length;
    if (bytes.length < at) return this.whole;
    this.isGreeted = true;
    for (let next = this.frame(bytes, at); next > at; next = this.frame(bytes, at)) at = next;
    this.chunks = [bytes.subarray(at)];
    return this.whole;
  }

  /** What has come, which is then forgotten. */
  take(): Buffer[][] {
    this.messages();
    return this.whole.splice(0);
  }

  /** Where the frame ends that begins there, or the same place if it is not all there. */
  private frame(bytes: Buffer, at: number): number {
    const flags = bytes[at] ?? 0;
    const start = at + ((flags & 2) !== 0 ? 9 : 2);
    if (bytes.length < start) return at;
    const length = (flags & 2) !== 0 ? Number(bytes.readBigUInt64BE(at + 1)) : (bytes[at + 1] ?? 0);
    if (bytes.length < start + length) return at;
    if ((flags & 4) === 0) this.begun.push(bytes.subarray(start, start + length));
    if ((flags & 5) === 0) this.whole.push(this.begun.splice(0));
    return start + length;
  }

  close(): void {
    this.socket.destroy();
  }
}
