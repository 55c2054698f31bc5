/** Where data is kept between runs, and how files get there whole or not at all. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { cacheDir, canKeepIn, userCacheDir } from '../../engine/backend/paths';
import { writeAtomically } from './file';

/** A place in the cache folder; where a shared one lacks it and cannot be written, in the user's own. */
export function cachePath(...parts: string[]): string {
  const shared = join(cacheDir(), ...parts);
  return existsSync(shared) || canKeepIn(cacheDir()) ? shared : join(userCacheDir(), ...parts);
}

/** Writes a file whole or not at all, its folders made where they are missing. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeAtomically(path, content);
}

/** What `read` finds; where that is absent or damaged (ENOENT, a SyntaxError), what `make` makes. */
export function readOrMake<T>(read: () => T, make: () => T): T {
  try {
    return read();
  } catch (error) {
    // Anything else is a fault to be seen.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' && !(error instanceof SyntaxError)) throw error;
  }
  return make();
}

const READ_ONLY = new Set(['EACCES', 'EPERM', 'EROFS']);

/** Writes a file whole; where the cache cannot be written, what was made serves this process alone. */
export function keep(path: string, content: Uint8Array): void {
  try {
    writeWhole(path, content);
  } catch (error) {
    if (!READ_ONLY.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
