/**
 * npm run test:faults [-- --only kernel|files|mutations] [-- options of that part]: breaks on purpose what a class server
 * may break (kills at any moment, floods, strangers, full disks, damaged files) and prints what came of each as a table.
 * Exit code 1 if a promise was broken; what cannot be tried here is named as such.
 */
import { join } from 'node:path';

import { say } from '../../bin/bootstrap/language';
import type { Outcome } from './outcomes';
import { table } from './outcomes';

/** Each is a file of this folder. */
const HALVES = ['kernel', 'files', 'mutations'] as const;

interface Half {
  faults(argv: readonly string[]): Promise<readonly Outcome[]>;
}

async function main(argv: readonly string[]): Promise<void> {
  const at = argv.indexOf('--only');
  const halves = at < 0 ? HALVES : HALVES.filter((name) => name === argv[at + 1]);
  if (halves.length === 0)
    throw new Error(
      `Cannot choose the half: expected one of ${HALVES.join(', ')}, got ${argv[at + 1] ?? ''}`,
    );
  const rest = at < 0 ? argv : argv.toSpliced(at, 2);
  const outcomes: Outcome[] = [];
  for (const name of halves) {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- each half is loaded only where it is asked for
    const half = require(join(__dirname, name)) as Half;
    outcomes.push(...(await half.faults(rest)));
  }
  console.log(`\n${table(outcomes)}`);
  const broken = outcomes.filter(({ passed }) => passed === false);
  console.log(
    say({
      zh: `${outcomes.length} 项，${broken.length} 项没有守住`,
      en: `${outcomes.length} faults, ${broken.length} not withstood`,
    }),
  );
  process.exitCode = broken.length > 0 ? 1 : 0;
}

void main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
