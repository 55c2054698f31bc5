/**
 * Stamps: what a finished step of setup left behind. A step works in a staging folder, writes `stamp.json` there last,
 * and renames the folder into place, so a folder with a stamp is whole, whenever setup was killed.
 */
import { createHash, type Hash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import type { Text } from '../../../bin/bootstrap/language';

/** A file as it was when its step was done. */
export interface StampedFile {
  readonly path: string;
  readonly bytes: number;
  readonly mtimeMs: number;
  readonly sha256: string;
}

/** What a step of the setup leaves in its folder, to be checked later. */
export interface Stamp {
  readonly step: string;
  /** Everything the result depends on (versions, hashes); another key means the step has to run again. */
  readonly key: string;
  readonly made: string;
  readonly info: Readonly<Record<string, string | number>>;
  readonly files: readonly StampedFile[];
}

/** Of what a step has made: whole, or why it has to be made again. */
export type Condition =
  | { readonly state: 'ok'; readonly stamp: Stamp }
  | { readonly state: 'missing' }
  | { readonly state: 'outdated'; readonly why?: Text }
  | { readonly state: 'corrupt'; readonly file: string; readonly detail: Text };

const NAME = 'stamp.json';
const CHUNK = 4 << 20;

/** SHA-256 of a text, in hexadecimal. */
export const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The stamp of a folder; undefined where the step was not done. */
export function readStamp(dir: string): Stamp | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, NAME), 'utf8')) as Stamp;
  } catch {
    return undefined; // no stamp, or one cut off: the step counts as not done
  }
}

/** Writes the stamp of `dir`, through a second name, so that it is never seen half written. */
export function writeStamp(dir: string, stamp: Stamp): void {
  const draft = join(dir, `${NAME}.${process.pid}`);
  writeFileSync(draft, `${JSON.stringify(stamp, null, 1)}\n`);
  renameSync(draft, join(dir, NAME));
}

/** Describes one file for a stamp whose hash is already known. */
export function stamped(dir: string, path: string, sha256: string): StampedFile {
  const { size, mtimeMs } = statSync(join(dir, path));
  return { path, bytes: size, mtimeMs, sha256 };
}

/** The sha256 of a file, in hex, without blocking. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function hashFileNow(path: string): string {
  const hash: Hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK);
  const file = openSync(path, 'r');
  try {
    for (let n; (n = readSync(file, buffer, 0, CHUNK, null)) > 0;) hash.update(buffer.subarray(0, n));
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}

const wrongHash = (sha256: string): Text => {
  const start = sha256.slice(0, 12);
  return { zh: `sha256 为 ${start}…，与安装时不同`, en: `its sha256 is ${start}…, not what was installed` };
};

/** What is wrong with a file: by its directory entry, and by its content where the date is new. */
function inspect(path: string, file: StampedFile): { fault?: Text; touched: boolean } {
  if (!existsSync(path)) return { fault: { zh: '文件不存在', en: 'it is missing' }, touched: false };
  const { size, mtimeMs } = statSync(path);
  if (size !== file.bytes) {
    const fault = {
      zh: `${size} 字节，应为 ${file.bytes} 字节`,
      en: `it has ${size} bytes instead of ${file.bytes}`,
    };
    return { fault, touched: false };
  }
  if (mtimeMs === file.mtimeMs) return { touched: false };
  const sha256 = hashFileNow(path);
  return { fault: sha256 === file.sha256 ? undefined : wrongHash(sha256), touched: true };
}

/** Checks a folder by its stamp in well under a millisecond a file; a file with a new date is hashed once. */
export function check(dir: string, key: string): Condition {
  const stamp = readStamp(dir);
  if (!stamp) return { state: 'missing' };
  if (stamp.key !== key) return { state: 'outdated' };
  let anyTouched = false;
  for (const file of stamp.files) {
    const path = join(dir, file.path);
    const { fault, touched } = inspect(path, file);
    if (fault) return { state: 'corrupt', file: path, detail: fault };
    anyTouched ||= touched;
  }
  if (anyTouched) refresh(dir, stamp);
  return { state: 'ok', stamp };
}

/** Checks a folder by its stamp, the content of every file included. */
export async function checkThoroughly(dir: string, key: string): Promise<Condition> {
  const condition = check(dir, key);
  if (condition.state !== 'ok') return condition;
  for (const file of condition.stamp.files) {
    const sha256 = await hashFile(join(dir, file.path));
    if (sha256 !== file.sha256) {
      return { state: 'corrupt', file: join(dir, file.path), detail: wrongHash(sha256) };
    }
  }
  return condition;
}

/** A runtime copied to another place has new dates: note them, so that it is hashed once and not at every start. */
function refresh(dir: string, stamp: Stamp): void {
  try {
    writeStamp(dir, { ...stamp, files: stamp.files.map((f) => stamped(dir, f.path, f.sha256)) });
  } catch {
    // a shared, read-only runtime: it is hashed again next time
  }
}
