/** Positioned reads and atomic writes. */
import { readSync } from 'node:fs';

export { writeAtomically } from '../../../bin/bootstrap/atomic';

/** Reads exactly `length` bytes from `position` on into a buffer of its own; fewer only where the file ends. */
export function readAt(file: number, position: number, length: number): Uint8Array {
  // A buffer of its own, not one out of Node's pool, starts at an address that suits every number type.
  const bytes = new Uint8Array(new ArrayBuffer(length));
  let done = 0;
  while (done < length) {
    const count = readSync(file, bytes, done, length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return bytes.subarray(0, done);
}
