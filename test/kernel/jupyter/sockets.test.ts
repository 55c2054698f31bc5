import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Dealer, Request } from 'zeromq';

import type { Connection } from '../../../src/kernel/jupyter/connection';
import { Sockets } from '../../../src/kernel/jupyter/sockets';
import { type Message, Wire } from '../../../src/kernel/jupyter/wire';

const PORTS = { shell: 1, control: 2, iopub: 3, stdin: 4, hb: 5 };

describe('Sockets', () => {
  let folder: string;
  let sockets: Sockets;
  let peers: (Dealer | Request)[];
  const messages: Message[] = [];
  let handle: (message: Message) => void;
  const wire = new Wire('key', 'a front-end');

  const peer = <T extends Dealer | Request>(socket: T, name: keyof typeof PORTS): T => {
    socket.connect(`ipc://${join(folder, 'k')}-${PORTS[name]}`);
    socket.linger = 0;
    socket.receiveTimeout = 5000;
    peers.push(socket);
    return socket;
  };
  const question = (type: string): (string | Uint8Array)[] =>
    wire.write({ type, content: {}, parent: undefined }, []);

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tsdl-sockets-'));
    peers = [];
    messages.length = 0;
    handle = (message) => messages.push(message);
    const connection: Connection = { transport: 'ipc', ip: join(folder, 'k'), key: 'key', ports: PORTS };
    sockets = new Sockets(connection);
    await sockets.bind();
    sockets.listen((channel, message) => {
      handle(message);
      sockets.reply(channel, message.identities, { type: 'answer', content: {}, parent: message.header });
    });
  });
  afterEach(async () => {
    for (const socket of peers) socket.close();
    await sockets.close();
    rmSync(folder, { recursive: true });
  });

  it('beat on after frames that no REQ socket would send', async () => {
    const stranger = peer(new Dealer(), 'hb');
    for (const frames of [['x'], [''], ['', ''], ['x', 'y', 'z'], Array<string>(300).fill('')]) {
      await stranger.send(frames);
      await sleep(20); // each is read alone
    }
    const beat = peer(new Request(), 'hb');
    await beat.send(['ping', 'pong']);
    assert.deepEqual((await beat.receive()).map(String), ['ping', 'pong']);
  });

  it('hang up on a beat of many megabytes', async () => {
    const stranger = peer(new Dealer(), 'hb');
    stranger.receiveTimeout = 300;
    await stranger.send(Buffer.alloc(5_000_000));
    await assert.rejects(stranger.receive());
    const beat = peer(new Request(), 'hb');
    await beat.send('ping');
    assert.equal(String((await beat.receive())[0]), 'ping');
  });

  it('read on after a message whose handler throws, and tell of it', async () => {
    const told: string[] = [];
    const write = process.stderr.write.bind(process.stderr);
    process.stderr.write = (text: string | Uint8Array) => told.push(String(text)) > 0;
    handle = ({ header }) => {
      if (header.msg_type === 'bad') throw new Error('no such handler');
    };
    try {
      const client = peer(new Dealer(), 'shell');
      await client.send(question('bad'));
      await client.send(question('good'));
      const [, , header] = await client.receive();
      assert.equal((JSON.parse(String(header)) as { msg_type: string }).msg_type, 'answer');
    } finally {
      process.stderr.write = write;
    }
    assert.match(told.join(''), /no such handler/);
  });
});
