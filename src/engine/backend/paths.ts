/** Where the runtime lives: under the project, or under TSDL_HOME where several projects (a class) share one. */
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { home, root } from '../../../bin/bootstrap/place';

export { part, partReady, requirePart } from '../../../bin/bootstrap/parts';
export { home, packed, told, userCache as userCacheDir, workplace } from '../../../bin/bootstrap/place';

/** The checkout, or the package below somebody's node_modules. */
export const PROJECT = root;

/** The version of tsdl. */
export const ownVersion = (): string =>
  (JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string }).version;

/** Data sets and pretrained weights, downloaded once. */
export const cacheDir = (): string => join(home(), 'cache');

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
