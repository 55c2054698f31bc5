import assert from 'node:assert/strict';

import { comparison, listTests, SuiteRun, type SuiteTest } from './suite';

/** `KERNEL=stock`: the same suite against stock tslab as well, and a table of both. */
const withStock = process.env.KERNEL === 'stock';

describe('Jupyter kernel', function () {
  this.timeout(300_000);
  const tests = listTests();
  const groups = new Map<string, SuiteTest[]>();
  for (const test of tests) groups.set(test.group, [...(groups.get(test.group) ?? []), test]);
  let run: SuiteRun;

  before(() => {
    run = new SuiteRun({ KERNEL: 'tsdl' });
  });

  after(async function () {
    this.timeout(1_200_000);
    run.stop();
    if (!withStock) return;
    const stock = new SuiteRun({ KERNEL: 'stock' });
    await stock.done();
    console.log(comparison(tests, run.results, stock.results).join('\n'));
  });

  for (const [group, members] of groups) {
    describe(group, () => {
      for (const { id, title } of members) {
        it(title, async function () {
          const { status, text } = await run.result(id);
          if (status === 'skipped') this.skip();
          assert.equal(status, 'passed', text);
        });
      }
    });
  }
});
