import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Connection, SocketName } from '../../../src/kernel/jupyter/connection';
import { Sockets } from '../../../src/kernel/jupyter/sockets';
import { type Message, Wire } from '../../../src/kernel/jupyter/wire';
import { GREETING, RawPeer, ready } from '../../support/rawpeer';

const PORTS = { shell: 1, control: 2, iopub: 3, stdin: 4, hb: 5 };
const MB = 2 ** 20;

describe('Sockets, to peers without the key', function () {
  this.timeout(60_000);
  let folder: string;
  let sockets: Sockets;
  const peers: RawPeer[] = [];
  const messages: Message[] = [];
  const wire = new Wire('key', 'a front-end');

  const place = (name: SocketName): { path: string } => ({ path: `${join(folder, 'k')}-${PORTS[name]}` });
  const peer = async (name: SocketName, type = 'DEALER', identity = ''): Promise<RawPeer> => {
    const made = await RawPeer.connect(place(name), type, identity);
    peers.push(made);
    return made;
  };
  const question = (type = 'ask'): (string | Uint8Array)[] =>
    wire.write({ type, content: {}, parent: undefined }, []);
  const until = async (condition: () => boolean, ms = 15_000): Promise<boolean> => {
    for (const end = Date.now() + ms; !condition() && Date.now() < end;) await sleep(5);
    return condition();
  };
  const closes = (one: RawPeer): Promise<boolean> => {
    one.listen();
    return until(() => one.isClosed);
  };
  const answers = async (): Promise<void> => {
    const friend = await peer('shell');
    friend.listen();
    await friend.send(question());
    assert.ok(await until(() => friend.messages().length === 1));
  };
  const publish = (type: string, ...buffers: Buffer[]): void =>
    sockets.publish({ type, content: {}, parent: undefined, buffers });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tsdl-strangers-'));
    messages.length = 0;
    const connection: Connection = { transport: 'ipc', ip: join(folder, 'k'), key: 'key', ports: PORTS };
    sockets = new Sockets(connection);
    await sockets.bind();
    sockets.listen((channel, message) => {
      messages.push(message);
      sockets.reply(channel, message.identities, { type: 'answer', content: {}, parent: message.header });
    });
  });
  afterEach(async () => {
    for (const one of peers.splice(0)) one.close();
    await sockets.close();
    rmSync(folder, { recursive: true });
  });

  it('open sockets over ipc that only their owner can connect to, whatever the umask', () => {
    for (const name of Object.keys(PORTS) as SocketName[])
      assert.equal(statSync(place(name).path).mode & 0o777, 0o600, name);
  });

  it('take the place of a socket that a killed kernel left, and of no other file', async () => {
    const ports = { shell: 11, control: 12, iopub: 13, stdin: 14, hb: 15 };
    const left = `${join(folder, 'k')}-11`;
    const server = createServer().listen(left);
    await new Promise((resolve) => server.once('listening', resolve));
    const other = new Sockets({ transport: 'ipc', ip: join(folder, 'k'), key: '', ports });
    await other.bind();
    await other.close();
    server.close();
    writeFileSync(left, 'precious');
    const refused = new Sockets({ transport: 'ipc', ip: join(folder, 'k'), key: '', ports });
    await assert.rejects(refused.bind(), /^Error: Cannot bind the shell socket to ipc:.*EADDRINUSE/);
    await refused.close();
  });

  it('hang up on messages of many megabytes, in one frame or in many, and on those that never end', async () => {
    const part = Buffer.alloc(300_000);
    const whole: (string | Buffer)[][] = [[Buffer.alloc(2 * MB)], Array<Buffer>(4).fill(part)];
    for (const frames of [...whole, Array<string>(100_000).fill('')]) {
      const stranger = await peer('shell');
      await stranger.send(frames);
      assert.ok(await closes(stranger));
    }
    const endless = await peer('control');
    const more = Buffer.concat([Buffer.from([3, 0, 0, 0, 0, 0, 4, 0x93, 0xe0]), part]);
    let sent = 0;
    while (sent < 100 * MB && (await endless.write(more))) sent += more.length;
    assert.ok(sent < 10 * MB, `${sent} bytes were read`);
    await answers();
  });

  it('read messages of many megabytes from a peer that has shown the key', async () => {
    const friend = await peer('shell');
    await friend.send(question());
    await friend.send([...question('large'), Buffer.alloc(20 * MB)]);
    assert.ok(await until(() => messages.length === 2));
    assert.equal(messages[1]?.buffers[0]?.length, 20 * MB);
  });

  it('hang up on what is no handshake, and keep no more than a hundred connections', async () => {
    for (const bytes of [Buffer.alloc(64, 'GET / HTTP/1.0 '), Buffer.from(GREETING).fill('CURVE', 12, 17)]) {
      const stranger = await RawPeer.silent(place('shell'));
      peers.push(stranger);
      await stranger.write(bytes);
      assert.ok(await closes(stranger));
    }
    const friend = await peer('shell');
    await friend.send(question());
    const many = await Promise.all(Array.from({ length: 150 }, () => peer('shell')));
    for (const one of many) one.listen();
    assert.ok(await until(() => many.filter(({ isClosed }) => isClosed).length >= 50));
    for (const one of many) one.close();
    await sleep(500);
    assert.ok(!friend.isClosed);
    await answers();
  });

  it('keep few topics of a subscriber, and none that is no beginning of a type', async () => {
    const front = await peer('iopub', 'SUB');
    front.listen();
    await front.send(['\x01']);
    const stranger = await peer('iopub', 'XSUB');
    stranger.listen();
    for (const topic of ['<IDS|MSG>', 'x'.repeat(1000)]) await stranger.send([`\x01${topic}`]);
    await stranger.send(['\x01<IDS|MSG>']);
    for (let i = 0; i < 1000; i++) await stranger.send([`\x01topic${i}.`]);
    assert.ok(await until(() => stranger.messages().length === 100)); // welcomes
    publish('topic999.');
    publish('topic7.');
    assert.ok(await until(() => front.messages().length === 3 && stranger.messages().length === 101));
    const types = (one: RawPeer): string[] => one.messages().map(([topic]) => String(topic));
    assert.deepEqual(types(front), ['', 'topic999.', 'topic7.']);
    assert.deepEqual(types(stranger).slice(100), ['topic7.']);
    for (const frames of front.messages()) assert.equal(String(frames[1]), '<IDS|MSG>');
  });

  it('hang up on a subscriber that does not read, and lose nothing of one that does', async () => {
    const front = await peer('iopub', 'SUB');
    front.listen();
    const deaf = await peer('iopub', 'SUB');
    for (const one of [front, deaf]) await one.send(['\x01']);
    assert.ok(await until(() => front.messages().length === 1)); // the welcome
    const picture = Buffer.alloc(4 * MB);
    for (let i = 1; i <= 50; i++) {
      publish('display_data', picture);
      assert.ok(await until(() => front.received >= i * picture.length));
    }
    assert.ok(await closes(deaf));
    assert.ok(deaf.received < 150 * MB, `${deaf.received}`);
    assert.ok(!front.isClosed);
  });

  it('read no more beats of a peer that does not read its answers', async () => {
    const deaf = await peer('hb');
    const beat = Buffer.concat(Array<Buffer>(1000).fill(Buffer.from('\x00\xc8' + 'x'.repeat(200), 'latin1')));
    let sent = 0;
    while (sent < 50 * MB && (await deaf.write(beat, 500))) sent += beat.length;
    assert.ok(sent < 20 * MB, `${sent} bytes were read`);
    await answers();
  });

  it('reply to the peer that has the key, not to another that took its name', async () => {
    const thief = await peer('shell', 'DEALER', 'front');
    thief.listen();
    const friend = await peer('shell', 'DEALER', 'front');
    friend.listen();
    await friend.send(question());
    assert.ok(await until(() => friend.messages().length === 1));
    assert.equal(thief.messages().length, 0);
  });

  it('answer a ping, and a peer that says again what it is', async () => {
    const one = await peer('shell');
    one.listen();
    await one.write(ready('DEALER'));
    await one.write(Buffer.from('\x04\x08\x04PING\x00\x10c', 'latin1'));
    await one.send(question());
    assert.ok(await until(() => one.messages().length === 1));
  });
});
