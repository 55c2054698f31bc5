/** Where the runtime lives: under the project, or under TSDL_HOME where several projects (a class) share one. */
import { join, resolve } from 'node:path';

export const PROJECT = resolve(__dirname, '../../..');

/** The folder of the native runtime and the cache: `TSDL_HOME`, else `.runtime` in the project. */
export function home(): string {
  return process.env.TSDL_HOME ? resolve(process.env.TSDL_HOME) : join(PROJECT, '.runtime');
}

/** Data sets and pretrained weights, downloaded once. */
export const cacheDir = (): string => join(home(), 'cache');
