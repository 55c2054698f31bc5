/**
 * `npm run test:mutation -- [rooms]`: changes the code a little and sees whether a test fails; all rooms if none is named.
 *
 * `--force` forgets the last run; without it a mutant whose code and tests are unchanged is not run again. `--dry` only
 * counts. What is known and a report to read lie in build/mutation; the figures are in CONTRIBUTING.md.
 */
import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { Stryker } from '@stryker-mutator/core';

import { ROOMS } from './rooms.mjs';

const project = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

const testFiles = readdirSync(join(project, 'test'), { recursive: true })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => `test/${file.replaceAll('\\', '/')}`)
  .sort();

/** JavaScript made once saves every process of the tests the second that ts-node takes. */
const BUILD = 'node ../../../../node_modules/typescript/bin/tsc -p scripts/mutation';

const optionsOf = (room, { force, dry, concurrency }) => ({
  mutate: ROOMS[room].mutate,
  testFiles: testFiles.filter((file) => ROOMS[room].tests.test(file)),
  ignorePatterns: ['.runtime', '.venv', 'build', 'docs', 'notebooks'],
  plugins: ['./scripts/mutation/runner.mjs'],
  testRunner: 'mocha-12',
  buildCommand: BUILD,
  coverageAnalysis: 'perTest',
  concurrency,
  timeoutMS: 40_000, // beside the time that the tests took
  incremental: true,
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
  },
});
const wrong = positionals.filter((room) => !(room in ROOMS));
if (wrong.length > 0) {
  throw new RangeError(
    `Cannot mutate: expected rooms of ${Object.keys(ROOMS).join(', ')}, got ${wrong.join(', ')}`,
  );
}
process.chdir(project);
process.env.TSDL_HOME ??= join(project, '.runtime'); // the tests run in a copy of the project without it
for (const room of positionals.length > 0 ? positionals : Object.keys(ROOMS)) {
  await new Stryker(
    optionsOf(room, { ...values, concurrency: Number(values.concurrency) }),
  ).runMutationTest();
}
