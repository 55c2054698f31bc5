/** Where data is kept between runs, and how files get there whole or not at all. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const PROJECT = resolve(__dirname, '../../..');

/** The cache folder, `$TSDL_HOME/cache` or else `.runtime/cache` of the project, with `parts` appended. */
export function cachePath(...parts: string[]): string {
  return join(process.env.TSDL_HOME || join(PROJECT, '.runtime'), 'cache', ...parts);
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
