/** One bound socket of the kernel with those who have connected to it. */
import { lookup } from 'node:dns/promises';
import { lstatSync, unlinkSync } from 'node:fs';
import { createServer, isIP, type ListenOptions, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';

import type { Connection, SocketName } from './connection';
import { reportFault } from './unawaited';
import { type Limits, Peer, type SocketType } from './zmtp';

/** Front-ends are a few; who opens connections without end finds no more of them. */
const MAX_PEERS = 100;
/** How long what waits for a peer may take at the end. */
const LINGER_MS = 1000;
/** A socket in the file system that only its owner can connect to. */
const OWNERS_ONLY = 0o177;

/** Takes connections and keeps them until they end. */
export class Listener {
  readonly peers = new Set<Peer>();
  private readonly server: Server;

  /** @param handle Gets each whole message of a peer. */
  constructor(
    private readonly type: SocketType,
    private readonly limits: Limits,
    private readonly handle: (peer: Peer, frames: Buffer[]) => void,
  ) {
    this.server = createServer({ noDelay: true }, (socket) => {
      const peer = new Peer(socket, this.type, this.limits, this.handle);
      this.peers.add(peer);
      socket.once('close', () => this.peers.delete(peer));
    });
    this.server.maxConnections = MAX_PEERS;
  }

  /** @throws Error where the address is taken or wrong */
  async bind(connection: Connection, name: SocketName): Promise<void> {
    const where = await placeOf(connection, name);
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      const umask = where.path === undefined ? undefined : process.umask(OWNERS_ONLY);
      try {
        this.server.listen(where, resolve); // binds before it returns
      } finally {
        if (umask !== undefined) process.umask(umask);
      }
    });
    this.server.removeAllListeners('error').on('error', reportFault);
  }

  /** Hangs up on all when they have what waits for them. */
  async close(): Promise<void> {
    this.server.close();
    await Promise.all([...this.peers].map((peer) => peer.end(LINGER_MS)));
  }
}

async function placeOf({ transport, ip, ports }: Connection, name: SocketName): Promise<ListenOptions> {
  const port = ports[name];
  if (transport === 'ipc') {
    const path = `${ip}-${port}`;
    // A kernel that was killed leaves its socket behind.
    if (lstatSync(path, { throwIfNoEntry: false })?.isSocket()) unlinkSync(path);
    return { path };
  }
  if (ip === '*') return { host: '0.0.0.0', port };
  if (isIP(ip)) return { host: ip, port };
  const ofInterface = networkInterfaces()[ip]?.find(({ family }) => family === 'IPv4')?.address;
  return { host: ofInterface ?? (await lookup(ip, 4)).address, port };
}
