/**
 * `npm run test:mutation -- [rooms]`: changes the code a little and sees whether a test fails; all rooms if none is named.
 *
 * `--force` forgets the last run; without it a mutant whose code and tests are unchanged is not run again. `--sample 4`
 * takes one mutant in four, `--dry` only counts them. What is known and a report to read lie in build/mutation.
 */
import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { Stryker } from '@stryker-mutator/core';

import { LATE, ROOMS } from './rooms.mjs';

const project = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

const testFiles = readdirSync(join(project, 'test'), { recursive: true })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => `test/${file.replaceAll('\\', '/')}`)
  .sort();

/** JavaScript made once saves every process of the tests the second that ts-node takes. */
const BUILD = 'node ../../../../node_modules/typescript/bin/tsc -p tools/mutation';

/** The test files of a room, the slow ones last: most mutants never come to them. */
function specOf({ tests }) {
  const own = testFiles.filter((file) => tests.test(file));
  return [...own.filter((file) => !LATE.test(file)), ...own.filter((file) => LATE.test(file))];
}

const optionsOf = (room, { force, dry, concurrency, sample }) => ({
  mutate: ROOMS[room].mutate,
  spec: specOf(ROOMS[room]),
  ignorePatterns: ['.runtime', '.venv', 'build', 'docs', 'notebooks'],
  plugins: ['./tools/mutation/runner.mjs', './tools/mutation/sample.mjs'],
  testRunner: 'mocha-12',
  buildCommand: BUILD,
  ...(sample > 1 && { checkers: ['sample'], every: sample }),
  coverageAnalysis: 'perTest',
  concurrency,
  maxTestRunnerReuse: 150, // a failed test may leave tensors behind
  timeoutFactor: 5, // of the time that the tests took, on a machine that has other things to do, too
  timeoutMS: 60_000,
  dryRunTimeoutMinutes: 30,
  incremental: sample === 1,
  force,
  dryRunOnly: dry,
  tempDirName: 'build/mutation/tmp',
  incrementalFile: `build/mutation/${room}.known.json`,
  jsonReporter: { fileName: `build/mutation/${room}.json` },
  htmlReporter: { fileName: `build/mutation/${room}.html` },
  reporters: ['clear-text', 'progress-append-only', 'json', 'html'],
  clearTextReporter: { logTests: false, reportTests: false, reportMutants: false, skipFull: true },
  thresholds: { high: 95, low: 85, break: 85 },
});

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    force: { type: 'boolean', default: false },
    dry: { type: 'boolean', default: false },
    concurrency: { type: 'string', default: '2' },
    sample: { type: 'string', default: '1' },
  },
});
const numbers = { concurrency: Number(values.concurrency), sample: Number(values.sample) };
const wrong = positionals.filter((room) => !(room in ROOMS));
if (wrong.length > 0) {
  throw new RangeError(
    `Cannot mutate: expected rooms of ${Object.keys(ROOMS).join(', ')}, got ${wrong.join(', ')}`,
  );
}
process.chdir(project);
process.env.TSDL_HOME ??= join(project, '.runtime'); // the tests run in a copy of the project without it
process.env.TSDL_LANG ??= 'zh'; // as mocha's own configuration has it
for (const room of positionals.length > 0 ? positionals : Object.keys(ROOMS)) {
  await new Stryker(optionsOf(room, { ...values, ...numbers })).runMutationTest();
}
