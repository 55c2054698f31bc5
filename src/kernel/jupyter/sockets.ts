/** The five sockets of a kernel. Every send is queued: nothing is lost or refused however fast a cell prints. */
import { setTimeout as sleep } from 'node:timers/promises';

import { Router, XPublisher } from 'zeromq';

import { address, type Connection, type SocketName } from './connection';
import { reportFault, unawaited } from './unawaited';
import { type Message, type Outgoing, Wire } from './wire';

type Frames = (Uint8Array | string)[];

/** A peer that sends longer frames is hung up on: no JavaScript string, and so no part of a message, can be longer. */
const MAX_BYTES = 2 ** 29;
/** The same where only subscriptions or beats come in. */
const MAX_SMALL_BYTES = 2 ** 16;

/** After an error of a socket, so that one which stays does not fill the processor. */
const AFTER_ERROR_MS = 10;

/** The peer went away, or the socket is closed: a message to it has no reader any more. */
const NO_READER = new Set(['EHOSTUNREACH', 'EAGAIN', 'EBADF']);

/** Sends one after the other; zeromq refuses a send while another waits. */
class SendQueue {
  private readonly waiting: Frames[] = [];
  private running: Promise<void> = Promise.resolve();
  private busy = false;

  constructor(private readonly socket: { send(frames: Frames): Promise<void> }) {}

  push(frames: Frames): void {
    this.waiting.push(frames);
    if (!this.busy) this.running = this.drain();
  }

  /** Settles when everything pushed so far has been handed to ZeroMQ. */
  drained(): Promise<void> {
    return this.running;
  }

  private async drain(): Promise<void> {
    this.busy = true;
    for (let frames = this.waiting.shift(); frames; frames = this.waiting.shift()) {
      try {
        await this.socket.send(frames);
      } catch (error) {
        if (!NO_READER.has((error as NodeJS.ErrnoException).code ?? '')) reportFault(error);
      }
    }
    this.busy = false;
  }
}

/** Channel of a request; replies go back on the same one. */
export type Channel = 'shell' | 'control' | 'stdin';

/** Binds the sockets and moves messages; knows nothing of what they mean. */
export class Sockets {
  private readonly routers = { shell: new Router(), control: new Router(), stdin: new Router() };
  private readonly iopub = new XPublisher({ sendHighWaterMark: 0 });
  /** A router, since a REP socket has an order of calls that a wrong message upsets for good. */
  private readonly heartbeat = new Router();
  private readonly queues: Record<Channel | 'iopub' | 'heartbeat', SendQueue>;
  private readonly wire: Wire;

  constructor(private readonly connection: Connection) {
    this.wire = new Wire(connection.key);
    this.iopub.verbosity = 'allSubs';
    for (const router of Object.values(this.routers)) {
      router.sendHighWaterMark = 0;
      router.maxMessageSize = MAX_BYTES;
    }
    for (const socket of [this.iopub, this.heartbeat]) socket.maxMessageSize = MAX_SMALL_BYTES;
    for (const socket of this.all()) socket.linger = 1000;
    this.queues = {
      shell: new SendQueue(this.routers.shell),
      control: new SendQueue(this.routers.control),
      stdin: new SendQueue(this.routers.stdin),
      iopub: new SendQueue(this.iopub),
      heartbeat: new SendQueue(this.heartbeat),
    };
  }

  /** Content of connect_reply. */
  get ports(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.connection.ports).map(([name, port]) => [`${name}_port`, port]),
    );
  }

  get session(): string {
    return this.wire.session;
  }

  /**
   * Binds all five; a port that is taken or an address that is wrong is an error that names it.
   * @throws Error for a port that is taken or an address that is wrong
   */
  async bind(): Promise<void> {
    const sockets = { ...this.routers, iopub: this.iopub, hb: this.heartbeat };
    for (const [name, socket] of Object.entries(sockets)) {
      const where = address(this.connection, name as SocketName);
      try {
        await socket.bind(where);
      } catch (error) {
        throw new Error(`Cannot bind the ${name} socket to ${where}: ${(error as Error).message}`, {
          cause: error,
        });
      }
    }
  }

  /** Starts reading; a message that is not ours to trust is dropped without a word, as Jupyter wants it. */
  listen(handle: (channel: Channel, message: Message) => void): void {
    for (const [channel, router] of Object.entries(this.routers)) {
      readAll(router, (frames) => {
        const message = this.wire.read(frames);
        if (message) handle(channel as Channel, message);
      });
    }
    readAll(this.iopub, ([frame]) => this.welcome(frame));
    readAll(this.heartbeat, (frames) => this.queues.heartbeat.push(frames));
  }

  reply(channel: Channel, identities: readonly Buffer[], message: Outgoing): void {
    this.queues[channel].push(this.wire.write(message, identities));
  }

  /** Publishes to every front-end; the topic is the message type. */
  publish(message: Outgoing): void {
    this.queues.iopub.push(this.wire.write(message, [Buffer.from(message.type)]));
  }

  /** Sends what is queued, then closes. */
  async close(): Promise<void> {
    await Promise.all(Object.values(this.queues).map((queue) => queue.drained()));
    for (const socket of this.all()) socket.close();
  }

  /** Tells a new subscriber that it hears us from now on (JEP 65); the frame is 1 and the topic it asked for. */
  private welcome(frame: Buffer | undefined): void {
    if (frame?.[0] !== 1) return;
    const subscription = frame.subarray(1);
    const content = { subscription: subscription.toString() };
    this.queues.iopub.push(
      this.wire.write({ type: 'iopub_welcome', content, parent: undefined }, [subscription]),
    );
  }

  private all(): (Router | XPublisher)[] {
    return [...Object.values(this.routers), this.iopub, this.heartbeat];
  }
}

/** Reads until the socket is closed: neither a message that cannot be handled nor an error of the socket ends it. */
function readAll(socket: Router | XPublisher, handle: (frames: Buffer[]) => void): void {
  const read = async (): Promise<void> => {
    while (!socket.closed) {
      try {
        handle(await socket.receive());
      } catch (error) {
        if (socket.closed) return;
        reportFault(error);
        await sleep(AFTER_ERROR_MS);
      }
    }
  };
  unawaited(read());
}
