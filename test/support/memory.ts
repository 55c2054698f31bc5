/** How much tensors take, between two turns of the event loop: within one, V8 may hold what the turn has used. */
import { setTimeout } from 'node:timers/promises';

import { memory } from '../../src/engine/backend/lifetimes';

/** V8 also holds, for a moment, what it compiles in the background. */
const TRIES = 50;

/** The number of tensors left when everything out of reach was freed; waits a little for as few as `hoped`. */
export async function tensorsLeft(hoped = Infinity): Promise<number> {
  for (let i = 0; i < TRIES; i++) {
    await setTimeout(i);
    if (memory().tensors <= hoped) break;
  }
  return memory().tensors;
}
