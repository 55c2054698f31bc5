/** Files that a notebook names: those that lie below a folder, and no others. */
import { realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';

/**
 * The file that a relative path means, if it lies below the folder, links followed to where they lead; undefined for one
 * that does not, or is not there.
 */
export function enclosed(folder: string, path: string): string | undefined {
  try {
    const [root, file] = [realpathSync(folder), realpathSync(join(folder, path))];
    return file.startsWith(root + sep) && statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined; // not there, or no path at all
  }
}
