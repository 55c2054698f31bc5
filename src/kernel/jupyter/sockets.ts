/** The five sockets of a kernel. Every send is queued: nothing is lost or refused however fast a cell prints. */
import { address, type Connection, type SocketName } from './connection';
import { Listener } from './listener';
import { type Message, type Outgoing, Wire } from './wire';
import { encoded, type Peer } from './zmtp';

/** No JavaScript string, and so no part of a message, can be longer; who has shown no key gets by with less. */
const REQUESTS = { stranger: 2 ** 20, friend: 2 ** 29 };
/** The same where only subscriptions or beats come in. */
const SMALL = { stranger: 2 ** 16, friend: 2 ** 16 };

/** Topics that are kept of one front-end. */
const MAX_TOPICS = 100;
/** What a front-end asks for; any other topic is no beginning of a message's type. */
const PLAIN_TOPIC = /^[\w.:-]{0,256}$/;

/** Channel of a request; replies go back on the same one. */
export type Channel = 'shell' | 'control' | 'stdin';

/** Binds the sockets and moves messages; knows nothing of what they mean. */
export class Sockets {
  private readonly wire: Wire;
  private readonly listeners: Readonly<Record<SocketName, Listener>>;
  /** What came before {@link listen}. */
  private readonly early: [channel: Channel, message: Message][] = [];
  private handle = (...message: [channel: Channel, message: Message]): unknown => this.early.push(message);

  constructor(private readonly connection: Connection) {
    this.wire = new Wire(connection.key);
    const requests = (channel: Channel): Listener =>
      new Listener('ROUTER', REQUESTS, (peer, frames) => this.request(channel, peer, frames));
    this.listeners = {
      shell: requests('shell'),
      control: requests('control'),
      stdin: requests('stdin'),
      iopub: new Listener('XPUB', SMALL, (peer, [frame]) => this.subscribe(peer, frame)),
      hb: new Listener('ROUTER', SMALL, (peer, frames) => peer.send(encoded(frames))),
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
    for (const [name, listener] of Object.entries(this.listeners) as [SocketName, Listener][]) {
      try {
        await listener.bind(this.connection, name);
      } catch (error) {
        const where = address(this.connection, name);
        throw new Error(`Cannot bind the ${name} socket to ${where}: ${(error as Error).message}`, {
          cause: error,
        });
      }
    }
  }

  /** Starts handling what comes. */
  listen(handle: (channel: Channel, message: Message) => void): void {
    this.handle = handle;
    for (const message of this.early.splice(0)) handle(...message);
  }

  /**
   * Replies to the peer of that name. A stranger may call itself like another: it hears nothing where the other has
   * shown the key, and on stdin, where a question comes before any answer, both hear it.
   */
  reply(channel: Channel, [name, ...identities]: readonly Buffer[], message: Outgoing): void {
    const named = [...this.listeners[channel].peers].filter(({ identity }) => name?.equals(identity));
    const friends = named.filter(({ isFriend }) => isFriend);
    const bytes = encoded(this.wire.write(message, identities));
    for (const peer of friends.length > 0 ? friends : named) peer.send(bytes);
  }

  /** Publishes to every front-end; the topic is the message type. */
  publish(message: Outgoing): void {
    const bytes = encoded(this.wire.write(message, [Buffer.from(message.type)]));
    for (const peer of this.listeners.iopub.peers)
      if ([...peer.topics].some((topic) => message.type.startsWith(topic))) peer.send(bytes);
  }

  /** Sends what is queued, then closes. */
  async close(): Promise<void> {
    await Promise.all(Object.values(this.listeners).map((listener) => listener.close()));
  }

  /** A message that is not ours to trust is dropped without a word, as Jupyter wants it. */
  private request(channel: Channel, peer: Peer, frames: readonly Buffer[]): void {
    const message = this.wire.read([peer.identity, ...frames]);
    if (!message) return;
    peer.isFriend = true;
    this.handle(channel, message);
  }

  /** The frame is 1 and a topic, or 0 and one that is no longer wanted. */
  private subscribe(peer: Peer, frame: Buffer | undefined): void {
    const topic = frame?.toString('latin1', 1) ?? '';
    if (frame?.[0] === 0) peer.topics.delete(topic);
    if (frame?.[0] !== 1 || !PLAIN_TOPIC.test(topic) || peer.topics.size >= MAX_TOPICS) return;
    peer.topics.add(topic);
    this.welcome(peer, topic);
  }

  /** Tells a new subscriber that it hears us from now on (JEP 65). */
  private welcome(peer: Peer, subscription: string): void {
    const message = { type: 'iopub_welcome', content: { subscription }, parent: undefined };
    peer.send(encoded(this.wire.write(message, [Buffer.from(subscription)])));
  }
}
