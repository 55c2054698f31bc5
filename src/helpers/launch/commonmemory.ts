/** Memory for the sums of workers on one machine: a file without a name, which they inherit and nobody else can open. */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { say } from '../../../bin/bootstrap/language';

/** As many workers as sharedsum.cc has room for. */
export const MOST_SHARING = 255;
/** Bytes of the beginning and of a block there, the former rounded up. */
const [HEAD, BLOCK] = [4096, 2 ** 20];
/** Linux's folder of memory. */
const FOLDER = '/dev/shm';

/** Gives a descriptor, the caller's to close; undefined, with a sentence, where there is no room. */
export function openMemory(
  workers: number,
  tell: (sentence: string) => void,
  folder = FOLDER,
): number | undefined {
  let fd: number | undefined;
  try {
    const made = mkdtempSync(join(folder, 'tsdl-')); // a folder that only this user may enter
    try {
      fd = openSync(join(made, 'sums'), 'wx+', 0o600);
    } finally {
      rmSync(made, { recursive: true });
    }
    // written, not only asked for: memory that is not there would end a worker when it comes to use it
    for (let left = workers + 1; left > 0; left--) writeSync(fd, Buffer.alloc(BLOCK));
    writeSync(fd, Buffer.alloc(HEAD));
    return fd;
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    const why = error instanceof Error ? error.message : String(error);
    tell(
      say({
        zh: `worker 之间不能共享内存（${why}），改为通过网络求和，会慢一些`,
        en: `the workers cannot share memory (${why}) and sum over the network, which is slower`,
      }),
    );
    return undefined;
  }
}
