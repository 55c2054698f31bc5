/** Writes a set of files all together or not at all. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { behindLinks, draftBeside, writeAtomically } from '../../../bin/bootstrap/atomic';
import { Fault } from '../../../bin/bootstrap/fault';

/** A file to be written. */
export interface OutFile {
  /** Relative to the folder that is written. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** How many files a sentence names. */
const NAMED = 3;

/**
 * Puts files into a folder. They are written beside their places first, so that a full disk leaves the folder as it was.
 *
 * @throws Fault when a file is there with another content and `force` is not given, or the folder cannot be written
 */
export function writeAll(folder: string, files: readonly OutFile[], force: boolean): void {
  const others = files.filter(({ path, bytes }) => isOther(join(folder, path), bytes, force));
  if (others.length > 0) {
    const named = others.slice(0, NAMED).map(({ path }) => path);
    const more = others.length > NAMED;
    throw new Fault(
      {
        zh: `没有写：${folder} 里已经有不同的 ${named.join('、')}${more ? `等 ${others.length} 个文件` : ''}。`,
        en: `Nothing written: ${folder} has another ${named.join(', ')}${more ? ` … (${others.length} files)` : ''}.`,
      },
      { zh: '换一个 --out，或者加 --force 覆盖', en: 'name another --out, or replace with --force' },
    );
  }
  try {
    placed(folder, files);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || code === 'ENOSPC') throw error;
    throw new Fault(
      {
        zh: `没有写：不能写入 ${folder}（${code}）。`,
        en: `Nothing written: cannot write into ${folder} (${code}).`,
      },
      { zh: '换一个 --out', en: 'name another --out' },
    );
  }
}

/** Whether a place is taken: by a folder, or by a file that would be lost. */
function isOther(path: string, bytes: Uint8Array, force: boolean): boolean {
  if (!existsSync(path)) return false;
  return statSync(path).isDirectory() || (!force && !readFileSync(path).equals(bytes));
}

function placed(folder: string, files: readonly OutFile[]): void {
  const made = mkdirSync(folder, { recursive: true });
  let staging = '';
  try {
    staging = draftBeside(join(folder, 'staging'));
    mkdirSync(staging);
    for (const { path, bytes } of files) {
      mkdirSync(dirname(join(staging, path)), { recursive: true });
      writeAtomically(join(staging, path), bytes);
    }
    for (const { path } of files) mkdirSync(dirname(join(folder, path)), { recursive: true });
    for (const { path } of files) renameSync(join(staging, path), behindLinks(join(folder, path)));
  } catch (error) {
    if (made !== undefined) rmSync(made, { recursive: true });
    throw error;
  } finally {
    if (staging !== '') rmSync(staging, { recursive: true, force: true });
  }
}
