/**
 * ZMTP 3.0 (rfc.zeromq.org/spec/23), the side that listens, with its mechanism NULL. libzmq limits the length of a frame but
 * not how many frames a message has, how many topics a subscriber names or how many bytes wait for one who does not read:
 * any peer, without the key too, could so take all memory. Here each of these has an end, and who passes it is hung up on.
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';

import { reportFault } from './unawaited';

/** What a peer may send before it is hung up on. */
export interface Limits {
  /** Bytes of one message of a peer that has shown no key. */
  readonly stranger: number;
  /** Bytes of one message of a peer whose messages are signed. */
  readonly friend: number;
}

/** The two kinds of sockets that a kernel has. */
export type SocketType = 'ROUTER' | 'XPUB';

type Frame = Uint8Array | string;

const MORE = 1;
const LONG = 2;
const COMMAND = 4;

const MAX_FRAMES = { stranger: 64, friend: 65_536 };
const MAX_COMMAND_BYTES = 8192;
/** A peer that has not said by then what it is. */
const HANDSHAKE_MS = 10_000;
/** Answers that a peer has not read: no more of its questions are read either. */
const FULL_BYTES = 2 ** 20;
/** What waits for one subscriber; all of them share the same bytes. */
const MAX_BACKLOG_BYTES = 2 ** 27;

const EMPTY = Buffer.alloc(0);
const GREETING = Buffer.alloc(64);
GREETING.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]);
GREETING.write('NULL', 12);

/** Bytes that came, given out in the lengths that are asked for. */
class Incoming {
  private chunks: Buffer[] = [];
  private size = 0;

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
  }

  /** The next bytes, once all of them are there; a frame that came in pieces is joined once. */
  take(count: number): Buffer | undefined {
    if (this.size < count) return undefined;
    let [first = EMPTY] = this.chunks;
    if (first.length < count) {
      first = Buffer.concat(this.chunks);
      this.chunks = [first];
    }
    this.size -= count;
    if (first.length === count) this.chunks.shift();
    else this.chunks[0] = first.subarray(count);
    return first.subarray(0, count);
  }
}

/** One connection: its handshake, its messages in both directions. */
export class Peer {
  /** What it calls itself, or a name that no other has; the frame that routes a reply. */
  identity: Buffer = Buffer.concat([Buffer.of(0), randomBytes(8)]);
  /** Whether a message of its has been signed. */
  isFriend = false;
  /** Beginnings of the messages that it wants to hear. */
  readonly topics = new Set<string>();
  private isReady = false;
  private readonly incoming = new Incoming();
  private readonly conversation: Generator<number, void, Buffer>;
  private wanted: number;

  /** @param handle Gets each whole message. */
  constructor(
    private readonly socket: Socket,
    private readonly type: SocketType,
    private readonly limits: Limits,
    private readonly handle: (peer: Peer, frames: Buffer[]) => void,
  ) {
    this.conversation = this.talk();
    this.wanted = this.conversation.next().value as number;
    const late = setTimeout(() => this.isReady || socket.destroy(), HANDSHAKE_MS);
    socket.once('close', () => clearTimeout(late));
    socket.on('error', () => undefined); // its close follows
    socket.on('data', (chunk) => this.read(chunk));
    socket.on('drain', () => socket.resume());
    socket.write(GREETING);
  }

  /** Queues a message that {@link encoded} made; a peer that reads nothing for too long is hung up on. */
  send(message: readonly Uint8Array[]): void {
    const { socket } = this;
    if (!this.isReady || !socket.writable) return;
    if (socket.writableLength > MAX_BACKLOG_BYTES) {
      reportFault(`hung up on a front-end that left ${socket.writableLength} bytes unread`);
      socket.destroy();
      return;
    }
    socket.cork();
    for (const part of message) socket.write(part);
    socket.uncork();
  }

  /** Sends what waits, then hangs up; settles when that is done, or when the time is up. */
  end(ms: number): Promise<void> {
    const { socket } = this;
    return new Promise((resolve) => {
      const late = setTimeout(() => socket.destroy(), ms);
      const ended = (): void => (clearTimeout(late), resolve());
      if (socket.closed) ended();
      else socket.once('close', ended).destroySoon();
    });
  }

  private read(chunk: Buffer): void {
    const { socket, incoming } = this;
    incoming.push(chunk);
    try {
      for (let bytes = incoming.take(this.wanted); bytes; bytes = incoming.take(this.wanted)) {
        const { value, done } = this.conversation.next(bytes);
        if (done === true || socket.destroyed) return void socket.destroy();
        this.wanted = value;
      }
    } catch {
      socket.destroy(); // what it says is no ZMTP, or too much
    }
    if (socket.writableLength > FULL_BYTES) socket.pause();
  }

  /** All that a peer says; gives the number of bytes that come next. */
  private *talk(): Generator<number, void, Buffer> {
    const greeting = yield GREETING.length;
    const isKnown = greeting[0] === 0xff && greeting[9] === 0x7f && (greeting[10] ?? 0) >= 3;
    if (!isKnown || greeting.toString('latin1', 12, 17) !== 'NULL\0') return;
    const properties = { 'Socket-Type': this.type, Identity: '' };
    this.socket.write(
      frame(COMMAND, Buffer.concat([named('READY'), ...Object.entries(properties).map(property)])),
    );
    let message: Buffer[] = [];
    let size = 0;
    for (;;) {
      const [flags = 0] = yield 1;
      const length = flags & LONG ? Number((yield 8).readBigUInt64BE()) : ((yield 1)[0] ?? 0);
      size += length;
      const who = this.isFriend ? 'friend' : 'stranger';
      const isTooMuch = size > this.limits[who] || message.length >= MAX_FRAMES[who];
      if (flags & COMMAND ? length > MAX_COMMAND_BYTES : isTooMuch || !this.isReady) return;
      const body = length > 0 ? yield length : EMPTY;
      if (flags & COMMAND) {
        size -= length;
        this.obey(body);
        continue;
      }
      message.push(body);
      if (flags & MORE) continue;
      const whole = message;
      message = [];
      size = 0;
      this.tell(whole);
    }
  }

  private tell(message: Buffer[]): void {
    try {
      this.handle(this, message);
    } catch (error) {
      reportFault(error);
    }
  }

  private obey(command: Buffer): void {
    const nameEnd = 1 + (command[0] ?? 0);
    const name = command.toString('latin1', 1, nameEnd);
    if (name === 'PING')
      this.socket.write(frame(COMMAND, Buffer.concat([named('PONG'), command.subarray(nameEnd + 2)])));
    if (name === 'ERROR') this.socket.destroy();
    if (name !== 'READY' || this.isReady) return;
    this.isReady = true;
    const own = identityIn(command.subarray(nameEnd));
    if (own.length > 0) this.identity = own;
  }
}

const named = (name: string): Buffer => Buffer.from(`${String.fromCharCode(name.length)}${name}`, 'latin1');

function property([name, value]: [string, string]): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  return Buffer.concat([named(name), length, Buffer.from(value)]);
}

/** The property `Identity` among those of READY. */
function identityIn(properties: Buffer): Buffer {
  for (let at = 0; at < properties.length;) {
    const name = properties.toString('latin1', at + 1, at + 1 + (properties[at] ?? 0));
    const start = at + 1 + name.length + 4;
    const end = start + properties.readUInt32BE(start - 4);
    if (name.toLowerCase() === 'identity') return Buffer.from(properties.subarray(start, end));
    at = end;
  }
  return EMPTY;
}

function headOf(flags: number, length: number): Buffer {
  if (length < 256) return Buffer.from([flags, length]);
  const head = Buffer.alloc(9);
  head[0] = flags | LONG;
  head.writeBigUInt64BE(BigInt(length), 1);
  return head;
}

const frame = (flags: number, body: Buffer): Buffer => Buffer.concat([headOf(flags, body.length), body]);

/** A message's bytes, for any number of peers. */
export function encoded(frames: readonly Frame[]): Uint8Array[] {
  const parts = frames.flatMap((each, at) => {
    const body = typeof each === 'string' ? Buffer.from(each) : each;
    return [headOf(at < frames.length - 1 ? MORE : 0, body.length), body];
  });
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return size > FULL_BYTES ? parts : [Buffer.concat(parts)];
}
