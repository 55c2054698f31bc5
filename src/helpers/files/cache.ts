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
