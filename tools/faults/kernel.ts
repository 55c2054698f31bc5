/**
 * The half about kernels: [--cells 2000] [--restarts 50] [--kernels 20]. Real kernels, each started for its faults, and a
 * front end that has the key beside the strangers that have not.
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
      cells: { type: 'string', default: '2000' },
      restarts: { type: 'string', default: '50' },
      kernels: { type: 'string', default: '20' },
    },
    strict: false,
  });
  const [cells, again, kernels] = [values.cells, values.restarts, values.kernels].map(Number) as [
    number,
    number,
    number,
  ];
  const all: Outcome[] = [];
  for (const fault of [
    () => sixtyWays('tcp'),
    () => sixtyWays('ipc'),
    unread,
    replays,
    strangeMessages,
    parts,
    () => together(kernels),
    () => restarts(again),
    () => longSession(cells),
  ])
    all.push(...(await fault().catch((error: unknown) => [outcome(fault.name, String(error), false)])));
  return all;
}
