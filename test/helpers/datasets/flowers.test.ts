import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { create } from 'tar';

import { isNative } from '../../../src/engine/backend/rawops';
import { CenterCrop } from '../../../src/helpers/data/transforms';
import { loadFlowers, type PhotographArchive, photographs } from '../../../src/helpers/datasets';

const CLASSES = { daisy: ['flower', 'china'], roses: ['coffee'] } as const;
const QUICK = { attempts: 1, backoffMs: 1, connectMs: 500, stallMs: 200, onProgress: () => undefined };

describe('The flower photographs', () => {
  const home = process.env.TSDL_HOME;
  let [dir, packed] = ['', Buffer.alloc(0)];
  let server: Server;
  let asked = 0;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tsdl-flowers-'));
    for (const [name, files] of Object.entries(CLASSES)) {
      mkdirSync(join(dir, 'flower_photos', name), { recursive: true });
      for (const file of files) {
        const { path } = photographs().find((one) => one.name === file)!;
        copyFileSync(path, join(dir, 'flower_photos', name, `${file}.jpg`));
      }
    }
    writeFileSync(join(dir, 'flower_photos', 'LICENSE.txt'), 'authors\n');
    await create({ gzip: true, file: join(dir, 'flowers.tgz'), cwd: dir }, ['flower_photos']);
    packed = readFileSync(join(dir, 'flowers.tgz'));
    server = createServer(({ method, url }, response) => {
      if (method === 'GET') asked++;
      response.end(url === '/short' ? packed.subarray(0, 1000) : packed);
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  });
  beforeEach(() => {
    process.env.TSDL_HOME = mkdtempSync(join(dir, 'home-'));
    asked = 0;
  });
  after(() => {
    if (home === undefined) Reflect.deleteProperty(process.env, 'TSDL_HOME');
    else process.env.TSDL_HOME = home;
    server.close();
    server.closeAllConnections();
    rmSync(dir, { recursive: true });
  });

  const archive = (path: string): PhotographArchive => ({
    folder: 'flower_photos',
    sha256: createHash('sha256').update(packed).digest('hex'),
    bytes: packed.length,
    mirrors: [`http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`],
  });
  const kept = (): string[] => {
    const place = join(process.env.TSDL_HOME!, 'cache', 'flowers');
    return existsSync(place) ? readdirSync(place).sort() : [];
  };

  it('are fetched once, unpacked, and read as a folder of classes', async function () {
    const said: string[] = [];
    const options = {
      archive: archive('whole'),
      fetch: QUICK,
      announce: (line: string) => void said.push(line),
    };
    await loadFlowers(options);
    const flowers = await loadFlowers({ ...options, transform: new CenterCrop(64) });
    assert.deepEqual(flowers.classes, ['daisy', 'roses']);
    assert.deepEqual(flowers.targets, [0, 0, 1]);
    assert.deepEqual([asked, said.length, kept()], [1, 1, ['flower_photos']]);
    assert.match(said.join(), /花卉照片 flower_photos（\d+ MB/);
    if (!isNative()) this.skip();
    assert.deepEqual(flowers.gather([0, 1, 2])[0].shape, [3, 64, 64, 3]);
  });

  it('leave nothing half unpacked where the archive is another one', async () => {
    const options = { archive: archive('short'), fetch: QUICK, announce: () => undefined };
    await assert.rejects(loadFlowers(options), /every mirror failed|expected SHA-256|ended/);
    assert.ok(!kept().includes('flower_photos'), kept().join());
  });
});
