import assert from 'node:assert/strict';

import { type Outcome, runFolder, runNotebooks } from '../../support/notebookrun';

describe('tsdl run', function () {
  this.timeout(180_000);
  const folder = runFolder();

  describe('over exercises, where the check stands before the solution', () => {
    const exercise = { code: 'def double(x):\n    return 0', tags: ['exercise'] };
    const check = {
      code: 'assert double(2) == 4, "✗ double"\nprint("✓")',
      tags: ['check', 'raises-exception'],
    };
    const solution = (factor: number) => ({
      code: `def double(x):\n    return ${factor} * x`,
      tags: ['solution'],
    });
    let outcome: Outcome;
    before(async () => {
      outcome = await runNotebooks(folder(), {
        right: [exercise, check, solution(2), 'print("after")'],
        wrong: [exercise, check, solution(3), 'print("never")'],
        student: [exercise, check, 'print("after")'],
      });
    });

    it('runs a solution before the check it stands behind, and leaves the file as it was', () => {
      assert.equal(outcome.entry('right').status, 'passed');
      const { cells } = outcome.executed('right');
      assert.deepEqual(
        cells.map(({ id }) => id),
        ['cell-0', 'cell-1', 'cell-2', 'cell-3'],
      );
      assert.match(JSON.stringify(cells[1]?.outputs), /✓/);
      assert.deepEqual(cells[1]?.metadata.tags, check.tags);
    });

    it('fails where a solution does not pass its check, though a reader may fail there', () => {
      const { status, error } = outcome.entry('wrong');
      assert.deepEqual([status, error?.cell, error?.id], ['failed', 1, 'cell-1']);
      assert.match(outcome.screen, /1 │ assert double\(2\) == 4/);
    });

    it('goes on after the check of an exercise that has no solution', () => {
      assert.equal(outcome.entry('student').status, 'passed');
      const [, failed, after] = outcome.executed('student').cells;
      assert.match(JSON.stringify(failed?.outputs), /✗ double/);
      assert.match(JSON.stringify(after?.outputs), /after/);
    });
  });
});
