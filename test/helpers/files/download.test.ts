import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { encodeIdx } from '../../../src/helpers/datasets/idx';
import { downloadMnist, type RemoteFile } from '../../../src/helpers/datasets/mirrors';
import { cachePath } from '../../../src/helpers/files/cache';
import { download, type DownloadOptions } from '../../../src/helpers/files/download';
import { progressReporter } from '../../../src/helpers/files/progress';

const file = Buffer.from(Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 251));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Sends the file, or the part of it that was asked for. */
const serve: Answer = (request, response) => {
  const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (start >= file.length) return void response.writeHead(416).end();
  const range = { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` };
  response.writeHead(start > 0 ? 206 : 200, {
    ...(start > 0 && range),
    'content-length': file.length - start,
  });
  response.end(file.subarray(start));
};
const refuse =
  (status: number): Answer =>
  (_, response) =>
    void response.writeHead(status).end('no');
const lie: Answer = (_, response) => void response.end(Buffer.alloc(file.length, 'x'));
/** Sends half of what was promised, then drops the connection. */
const drop: Answer = (_, response) => {
  response.writeHead(200, { 'content-length': file.length });
  response.write(file.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 20));
};
/** Ends politely after half of the file, in chunked encoding, so that HTTP itself sees nothing wrong. */
const truncate: Answer = (_, response) => void response.end(file.subarray(0, 100_000));
/** Sends half and then nothing more. */
const stall: Answer = (_, response) => {
  response.writeHead(200, { 'content-length': file.length });
  response.write(file.subarray(0, 100_000));
};
const hang: Answer = () => undefined;

describe('download()', () => {
  let dir = '';
  const servers: Server[] = [];
  const requests: string[] = [];
  const offline = process.env.TSDL_OFFLINE;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tsdl-download-'));
    requests.splice(0);
    delete process.env.TSDL_OFFLINE;
  });
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(dir, { recursive: true });
    if (offline !== undefined) process.env.TSDL_OFFLINE = offline;
  });

  /** A mirror that gives these answers one after the other, the last one for ever; HEAD is always answered. */
  async function mirror(name: string, ...answers: [Answer, ...Answer[]]): Promise<string> {
    let asked = 0;
    const server = createServer((request, response) => {
      // The mirror called `late` shows life last, so that it is asked last.
      if (request.method === 'HEAD') return void setTimeout(() => response.end(), name === 'late' ? 50 : 0);
      requests.push(`${name}${request.headers.range === undefined ? '' : ` ${request.headers.range}`}`);
      (answers[Math.min(asked++, answers.length - 1)] ?? serve)(request, response);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
  }

  const path = () => join(dir, 'file');
  const get = (urls: string[], options: Partial<DownloadOptions> = {}) =>
    download(urls, path(), {
      sha256: sha256(file),
      bytes: file.length,
      backoffMs: 1,
      connectMs: 300,
      stallMs: 100,
      attempts: 2,
      ...options,
    });
  const arrived = () => {
    assert.deepEqual(readFileSync(path()), file);
    assert.ok(!existsSync(`${path()}.part`) && !existsSync(`${path()}.lock`));
  };

  it('fetches the file, reports progress, and asks nobody when it is there', async () => {
    const seen: number[] = [];
    const url = await mirror('a', serve);
    await get([url], { onProgress: ({ received, total }) => seen.push(received / (total ?? NaN)) });
    await get([url]);
    arrived();
    assert.deepEqual(requests, ['a']);
    assert.equal(seen.at(-1), 1);
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
  });

  it('accepts the first digits of a checksum where the publisher states no more', async () => {
    await get([await mirror('a', serve)], { sha256: sha256(file).slice(0, 8) });
    arrived();
  });

  for (const [what, answer] of Object.entries({ refuses: refuse(403), 'lies about the content': lie })) {
    it(`goes on to the next mirror when one ${what}, and does not ask that one again`, async () => {
      const bad = await mirror('bad', answer);
      const good = await mirror('late', refuse(503), serve);
      await get([good, bad]);
      arrived();
      assert.deepEqual(requests, ['bad', 'late', 'late']);
    });
  }

  for (const [what, answer] of Object.entries({
    'drops the connection': drop,
    'ends too early': truncate,
    stalls: stall,
  })) {
    it(`continues where a server that ${what} stopped`, async () => {
      await get([await mirror('a', answer, serve)]);
      arrived();
      assert.deepEqual(requests, ['a', 'a bytes=100000-']);
    });
  }

  it('starts over at a server that does not know ranges', async () => {
    writeFileSync(`${path()}.part`, file.subarray(0, 5000));
    const url = await mirror('a', (_, response) => void response.end(file));
    await get([url]);
    arrived();
  });

  it('throws a damaged partial file away and fetches the whole', async () => {
    writeFileSync(`${path()}.part`, Buffer.alloc(5000, 'x'));
    await get([await mirror('a', serve)]);
    arrived();
    assert.deepEqual(requests, ['a bytes=5000-', 'a']);
  });

  it('throws a partial file away that is longer than the server’s', async () => {
    writeFileSync(`${path()}.part`, Buffer.alloc(file.length + 1));
    await get([await mirror('a', serve)]);
    arrived();
  });

  it('stops reading as soon as more arrives than there can be', async () => {
    let sent = 0;
    const flood: Answer = (_, response) => {
      const more = () => {
        if (!response.destroyed)
          response.write(Buffer.alloc(65536), () => ((sent += 65536), setImmediate(more)));
      };
      more();
    };
    await assert.rejects(get([await mirror('a', flood)]), /sent more than 200000 bytes/);
    assert.ok(sent < 50e6, `${sent} bytes`);
  });

  it('gives up with every mirror’s reason, leaving what arrived for the next time', async () => {
    const mirrors = [await mirror('a', refuse(404)), await mirror('b', drop)];
    await assert.rejects(get(mirrors), (error: Error) => {
      assert.ok(error instanceof AggregateError);
      assert.match(error.message, /^Cannot download "file": every mirror failed \(.*HTTP 404.*\)$/);
      return true;
    });
    assert.ok(!existsSync(path()) && existsSync(`${path()}.part`));
  });

  it('knows within the connect limit that nobody answers', async () => {
    const silent = createServer(hang);
    servers.push(silent);
    const closed = createServer(hang);
    for (const server of [silent, closed]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
    const urls = [silent, closed].map(
      (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`,
    );
    await new Promise((resolve) => closed.close(resolve));
    await assert.rejects(
      get(urls),
      /^AggregateError: Cannot download: no mirror answers \(.*ECONNREFUSED.*timeout\)$/,
    );
  });

  it('asks nobody with TSDL_OFFLINE=1', async () => {
    process.env.TSDL_OFFLINE = '1';
    await assert.rejects(get([await mirror('a', serve)]), /expected a network, got TSDL_OFFLINE=1/);
    assert.deepEqual(requests, []);
  });

  it('lets one of two simultaneous calls fetch the file and the other wait for it', async () => {
    const slow: Answer = (request, response) => void setTimeout(() => serve(request, response), 50);
    const url = await mirror('a', slow);
    await Promise.all([get([url]), get([url])]);
    arrived();
    assert.deepEqual(requests, ['a']);
  });

  it('stops at once when its signal is aborted', async () => {
    const controller = new AbortController();
    const url = await mirror('a', stall);
    const onProgress = () => controller.abort(new Error('enough'));
    await assert.rejects(get([url], { onProgress, signal: controller.signal, stallMs: 60_000 }), /enough/);
    assert.ok(!existsSync(`${path()}.lock`));
  });
});

describe('downloadMnist()', () => {
  it('unpacks verified files into the cache and keeps nothing else', async () => {
    const home = process.env.TSDL_HOME;
    const offline = process.env.TSDL_OFFLINE;
    delete process.env.TSDL_OFFLINE;
    const dir = (process.env.TSDL_HOME = mkdtempSync(join(tmpdir(), 'tsdl-home-')));
    const idx = encodeIdx([5], new Uint8Array(5));
    const packed = gzipSync(idx);
    const asked: string[] = [];
    const server = createServer((request, response) => {
      if (request.method === 'GET') asked.push(request.url ?? '');
      response.end(packed);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const folder = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mnist/`;
      const files: RemoteFile[] = [
        { name: 'labels', sha256: sha256(packed), bytes: packed.length, unpackedBytes: idx.length },
      ];
      await downloadMnist([folder], { onProgress: () => undefined }, files);
      await downloadMnist([folder], { onProgress: () => undefined }, files);
      assert.deepEqual(asked, ['/mnist/labels.gz']);
      assert.deepEqual(readFileSync(cachePath('mnist', 'labels')), idx);
      assert.ok(!existsSync(cachePath('mnist', 'labels.gz')));
    } finally {
      server.closeAllConnections();
      server.close();
      rmSync(dir, { recursive: true });
      process.env.TSDL_HOME = home;
      if (home === undefined) delete process.env.TSDL_HOME;
      if (offline !== undefined) process.env.TSDL_OFFLINE = offline;
    }
  });
});

describe('progressReporter()', () => {
  const report = (isTTY: boolean): string => {
    let text = '';
    const write = (piece: string) => ((text += piece), true);
    const reporter = progressReporter('f.gz', { isTTY, write });
    [0, 2e6, 4e6, 8e6].forEach((received) => reporter({ received, total: 8e6 }));
    return text;
  };

  it('names the file at once and says how large it was in the end', () => {
    assert.match(report(false), /^f\.gz …\nf\.gz 8\.0 MB（0 秒）\n$/);
  });

  it('rewrites its line on a terminal', () => {
    assert.equal(report(true), 'f.gz …\rf.gz 8.0 MB（0 秒）\x1b[K\n');
  });

  it('rewrites one output in a notebook, which says that it need not be kept', () => {
    const shown: [unknown, unknown][] = [];
    const kernel = globalThis as Record<symbol, unknown>;
    const host = Symbol.for('tsdl.kernel');
    kernel[host] = {
      display: (bundle: unknown, options: object) => shown.push([bundle, { ...options, id: 'a' }]),
    };
    try {
      const reporter = progressReporter('f.gz');
      [0, 8e6].forEach((received) => reporter({ received, total: 8e6 }));
    } finally {
      kernel[host] = undefined;
    }
    const metadata = { tsdl: { committed: '' } };
    assert.deepEqual(shown, [
      [{ 'text/plain': 'f.gz …' }, { id: 'a', update: false, metadata }],
      [{ 'text/plain': 'f.gz 8.0 MB（0 秒）' }, { id: 'a', update: true, metadata }],
    ]);
  });
});
