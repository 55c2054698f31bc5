/** Unpacks the wanted files of a wheel (a zip archive), hashing each on the way. */
import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import yauzl from 'yauzl';

import { stamped, type StampedFile } from '../engine/backend/stamp';

/** Passes bytes through, hashing and counting them. */
function meter(onBytes: (bytes: number) => void): { stream: Transform; sha256: () => string } {
  const hash = createHash('sha256');
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
  return { stream, sha256: () => hash.digest('hex') };
}

async function extract(
  zip: yauzl.ZipFile,
  entry: yauzl.Entry,
  dir: string,
  onBytes: (bytes: number) => void,
): Promise<StampedFile> {
  const path = join(dir, entry.fileName);
  if (!resolve(path).startsWith(resolve(dir) + sep)) {
    throw new RangeError(`Cannot unpack wheel: expected paths inside it, got ${entry.fileName}`);
  }
  mkdirSync(dirname(path), { recursive: true });
  const { stream, sha256 } = meter(onBytes);
  const mode = (entry.externalFileAttributes >>> 16) & 0o777 || 0o644;
  await pipeline(await zip.openReadStreamPromise(entry), stream, createWriteStream(path, { mode }));
  return stamped(dir, entry.fileName, sha256());
}

/**
 * Unpacks the entries of `wheel` that `wanted` accepts into `dir` and describes them for a stamp.
 * `onBytes` hears of every piece written.
 */
export async function unpackWheel(
  wheel: string,
  dir: string,
  wanted: (entry: string) => boolean,
  onBytes: (bytes: number) => void = () => {},
): Promise<StampedFile[]> {
  const zip = await yauzl.openPromise(wheel, { lazyEntries: true, autoClose: false });
  const files: StampedFile[] = [];
  try {
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith('/') && wanted(entry.fileName)) {
        files.push(await extract(zip, entry, dir, onBytes));
      }
    }
  } finally {
    zip.close();
  }
  return files;
}
