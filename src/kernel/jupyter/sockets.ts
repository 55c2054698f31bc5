/** The five sockets of a kernel. Every send is queued: nothing is lost or refused however fast a cell prints. */
import { Reply, Router, XPublisher } from 'zeromq';

import { address, type Connection, type SocketName } from './connection';
import { type Message, type Outgoing, Wire } from './wire';

type Frames = (Uint8Array | string)[];

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
        // A peer that went away (EHOSTUNREACH) or a closed socket: its message has no reader any more.
        if (process.env.TSDL_KERNEL_DEBUG) console.error(error);
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
  private readonly heartbeat = new Reply();
  private readonly queues: Record<Channel | 'iopub', SendQueue>;
  private readonly wire: Wire;

  constructor(private readonly connection: Connection) {
    this.wire = new Wire(connection.key);
    this.iopub.verbosity = 'allSubs';
    for (const router of Object.values(this.routers)) router.sendHighWaterMark = 0;
    for (const socket of [...Object.values(this.routers), this.iopub, this.heartbeat]) socket.linger = 1000;
    this.queues = {
      shell: new SendQueue(this.routers.shell),
      control: new SendQueue(this.routers.control),
      stdin: new SendQueue(this.routers.stdin),
      iopub: new SendQueue(this.iopub),
    };
  }

  get session(): string {
    return this.wire.session;
  }

  /** Binds all five; a port that is taken or an address that is wrong is an error that names it. */
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
      void this.readAll(router, (frames) => {
        const message = this.wire.read(frames);
        if (message) handle(channel as Channel, message);
      });
    }
    void this.readAll(this.iopub, ([frame]) => this.welcome(frame));
    void this.readAll(this.heartbeat, (frames) => this.heartbeat.send(frames));
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
    for (const socket of [...Object.values(this.routers), this.iopub, this.heartbeat]) socket.close();
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

  private async readAll(
    socket: AsyncIterable<Buffer[]>,
    handle: (frames: Buffer[]) => unknown,
  ): Promise<void> {
    for await (const frames of socket) await handle(frames);
  }
}
