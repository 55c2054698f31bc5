/** Which notebooks run, what they are called and where each goes: two of one name in different folders stay apart. */
import { basename, dirname, join, relative, resolve, sep } from 'node:path';

import { courseName } from './course';
import type { JobNotebook } from './driver';

/** The name a file has of its own: what its cells' ids begin with. */
export const baseName = (path: string): string => basename(path, '.ipynb');

/** The deepest folder that all files lie in. */
function commonFolder(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map((path) => dirname(path).split(sep));
  const same = first.findIndex((part, i) => others.some((other) => other[i] !== part));
  return (same < 0 ? first : first.slice(0, same)).join(sep) || sep;
}

/**
 * Each file once, in the given order. A notebook is called by its file name, one of a folder of the course by that folder
 * too; where several are called the same, by their paths from the folder they share (`a/hw`, `b/hw`). Executed ones lie
 * in `out` under these names.
 */
export function jobsOf(paths: readonly string[], out: string): JobNotebook[] {
  const files = [...new Set(paths.map((path) => resolve(path)))];
  // Not every file system tells capitals from small letters.
  const key = (path: string) => courseName(path).toLowerCase();
  return files.map((path) => {
    const group = files.filter((other) => key(other) === key(path));
    const name = group.length > 1 ? nameWithin(commonFolder(group), path) : courseName(path);
    return { name, path, out: join(out, `${name}.ipynb`) };
  });
}

const nameWithin = (folder: string, path: string): string =>
  relative(folder, path).slice(0, -'.ipynb'.length).split(sep).join('/');
