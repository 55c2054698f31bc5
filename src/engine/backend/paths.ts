/** Where the runtime lives: under the project, or under TSDL_HOME where several projects (a class) share one. */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export const PROJECT = resolve(__dirname, '../../..');

/** The folder of the native runtime and the cache: `TSDL_HOME`, else `.runtime` in the project. */
export function home(): string {
  return process.env.TSDL_HOME ? resolve(process.env.TSDL_HOME) : join(PROJECT, '.runtime');
}

/** Data sets and pretrained weights, downloaded once. */
export const cacheDir = (): string => join(home(), 'cache');

/** The reader's own cache, for what a shared installation that only its keeper may change cannot take. */
export function userCacheDir(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tsdl');
}

/** Whether files can be put into a folder, which is made if it is not there. */
export function canKeepIn(dir: string): boolean {
  try {
    mkdirSync(dir, { recursive: true });
    accessSync(dir, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
