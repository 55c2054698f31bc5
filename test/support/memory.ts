/** How much tensors take, between two turns of the event loop: within one, V8 may hold what the turn has used. */
import { setImmediate } from 'node:timers/promises';

import { memory } from '../../src/engine/backend/lifetimes';

/** The number of tensors left when everything out of reach was freed. */
export async function tensorsLeft(): Promise<number> {
  await setImmediate();
  return memory().tensors;
}
