import assert from 'node:assert/strict';

import { FAULTS, faultTable, reasonOf } from './faults';
import { listTests, SuiteRun, type SuiteTest } from './suite';

/** `KERNEL=stock`: the tests of stock tslab's faults against stock tslab and our kernel, and a table of both. */
const withStock = process.env.KERNEL === 'stock';

describe('Jupyter kernel', function () {
  this.timeout(process.env.TSDL_STRANGE ? 1_800_000 : 300_000); // thousands of values take their time
  if (withStock) return;
  const groups = new Map<string, SuiteTest[]>();
  for (const test of listTests()) groups.set(test.group, [...(groups.get(test.group) ?? []), test]);
  let run: SuiteRun;

  before(() => {
    run = new SuiteRun({ KERNEL: 'tsdl' });
  });

  after(() => {
    run.stop();
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

describe('Faults of stock tslab', () => {
  it('each has tests of the suite', () => {
    const known = new Set(listTests().map(({ id }) => id));
    const missing = FAULTS.flatMap(({ tests }) => tests.filter((id) => !known.has(id)));
    assert.deepEqual(missing, []);
  });
});

describe('Faults of stock tslab, seen', function () {
  this.timeout(1_200_000);
  if (!withStock) return;
  const faulty = new Set(FAULTS.flatMap(({ tests }) => tests));
  const tests = listTests().filter(({ id }) => faulty.has(id));
  let stock: SuiteRun;
  let ours: SuiteRun;

  before(async () => {
    stock = new SuiteRun({ KERNEL: 'stock' }, tests);
    await stock.done();
    ours = new SuiteRun({ KERNEL: 'tsdl' }, tests);
    await ours.done();
  });

  after(() => {
    console.log(faultTable(ours.results, stock.results).join('\n'));
  });

  for (const { id, title } of tests) {
    it(`${title}: fails on stock tslab, passes here`, async () => {
      const there = await stock.result(id);
      assert.equal(there.status, 'failed');
      assert.doesNotMatch(reasonOf(there), /^$|the test took more than/, there.text);
      const here = await ours.result(id);
      assert.equal(here.status, 'passed', here.text);
    });
  }
});
