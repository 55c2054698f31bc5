/** Positioned reads and atomic writes. */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

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
 * old file or the new one, never a part; an error leaves the old one.
 * @param check looks at the finished temporary file before it takes the old one's place; throws to keep the old one
 */
export function writeAtomically(
  path: string,
  chunks: Iterable<Uint8Array>,
  check?: (temporary: string) => void,
): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = openSync(temporary, 'wx');
    try {
      for (const chunk of chunks) writeAll(file, chunk);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    check?.(temporary);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done);
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
