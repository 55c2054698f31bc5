/** Random numbers of single samples: they depend on the epoch, the batch and the row alone, not on who makes them. */
import { Sfc32 } from '../../engine/random/sfc32';
import type { SampleRandom } from './dataset';

const SPREAD = 0x9e3779b1; // 2³² divided by the golden ratio: neighbouring batches fall far apart

/** A stream for each row of a batch. */
export const randomOf =
  (seed: number, batch: number): SampleRandom =>
  (row) => {
    const stream = Sfc32.from(seed ^ Math.imul(batch + 1, SPREAD), row);
    return () => stream.next();
  };
