/** Where data is kept between runs, and how files get there whole or not at all. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { cacheDir, canKeepIn, userCacheDir } from '../../engine/backend/paths';

/** A place in the cache folder; where a shared one lacks it and cannot be written, in the reader's own. */
export function cachePath(...parts: string[]): string {
  const shared = join(cacheDir(), ...parts);
  return existsSync(shared) || canKeepIn(cacheDir()) ? shared : join(userCacheDir(), ...parts);
}

/** Writes a file under a temporary name and renames it, so that nobody ever reads half of it. */
export function writeWhole(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = openSync(temporary, 'w');
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
