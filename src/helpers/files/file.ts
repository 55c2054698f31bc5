/** Positioned reads and atomic writes. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Reads exactly `length` bytes from `position` on into a buffer of its own; fewer only where the file ends. */
export function readAt(file: number, position: number, length: number): Uint8Array {
  // A buffer of its own, not one out of Node's pool, starts at an address that suits every number type.
  const bytes = new Uint8Array(new ArrayBuffer(length));
  let done = 0;
  while (done < length) {
    const count = readSync(file, bytes, done, length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return bytes.subarray(0, done);
}

/**
 * Writes a file as a whole or not at all: into a temporary file beside it, to the disk, then renamed. Readers see the
 * old file or the new one, never a part; an error, a full disk too, leaves the old one. A link stays and the file it
 * points to is replaced; mode and owner stay as they were. What is no ordinary file (a pipe, a terminal) is written to.
 * @param content text, bytes, or the parts of the file one after the other, so that they need not be in memory at once
 * @param check looks at the finished temporary file before it takes the old one's place; throws to keep the old one
 */
export function writeAtomically(
  path: string,
  content: string | Uint8Array | Iterable<Uint8Array>,
  check?: (temporary: string) => void,
): void {
  const parts = typeof content === 'string' ? [Buffer.from(content)] : content;
  const chunks = parts instanceof Uint8Array ? [parts] : parts;
  const target = behindLinks(path);
  const old = statSync(target, { throwIfNoEntry: false });
  if (old && !old.isFile()) return writeAll(openSync(target, 'w'), chunks);
  // Short, since the file's own name may be as long as names can be.
  const temporary = join(dirname(target), `.tsdl-${randomBytes(6).toString('hex')}.tmp`);
  try {
    writeAll(openSync(temporary, 'wx'), chunks, (file) => {
      if (old) keepOwner(file, old);
      fsyncSync(file);
    });
    check?.(temporary);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(target));
}

/** Writes all chunks into an open file and closes it. */
function writeAll(file: number, chunks: Iterable<Uint8Array>, finish?: (file: number) => void): void {
  try {
    for (const bytes of chunks) {
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done);
    }
    finish?.(file);
  } finally {
    closeSync(file);
  }
}

/** The file that a path means when it is a link, whether that file is there or not. */
function behindLinks(path: string): string {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return path;
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return behindLinks(resolve(dirname(path), readlinkSync(path)));
  }
}

function keepOwner(file: number, { uid, gid, mode }: Stats): void {
  try {
    fchownSync(file, uid, gid);
  } catch {
    // Only the superuser may give files away; the file is then the writer's.
  }
  fchmodSync(file, mode & 0o7777);
}

/** Makes the new name durable too; some file systems do not offer that. */
function syncFolder(folder: string): void {
  let file: number | undefined;
  try {
    file = openSync(folder, 'r');
    fsyncSync(file);
  } catch {
    // The file itself is on the disk; only its name could still be lost in a power failure.
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
