/**
 * The half about kernels: [--cells 2000] [--restarts 50] [--kernels 20] [--long]. Real kernels, each started for its faults,
 * and a front end that has the key beside the strangers that have not. With --long only what lasts: 1,000 restarts, 100,000
 * cells, as a day of a class has them, and the kernels at once.
 */
import { parseArgs } from 'node:util';

import { longSession, restarts } from './endurance';
import { type Outcome, outcome } from './outcomes';
import { parts, together } from './processes-killed';
import { replays, strangeMessages, unread } from './signed';
import { sixtyWays } from './strangers';

/** Runs all of them. */
export async function faults(argv: readonly string[]): Promise<readonly Outcome[]> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      cells: { type: 'string' },
      restarts: { type: 'string' },
      kernels: { type: 'string', default: '20' },
      long: { type: 'boolean', default: false },
    },
    strict: false,
  });
  const cells = Number(values.cells ?? (values.long ? 100_000 : 2000));
  const again = Number(values.restarts ?? (values.long ? 1000 : 50));
  const short = [() => sixtyWays('tcp'), () => sixtyWays('ipc'), unread, replays, strangeMessages, parts];
  const lasting = [() => together(Number(values.kernels)), () => restarts(again), () => longSession(cells)];
  const all: Outcome[] = [];
  for (const fault of values.long ? lasting : [...short, ...lasting])
    all.push(...(await fault().catch((error: unknown) => [outcome(fault.name, String(error), false)])));
  return all;
}
