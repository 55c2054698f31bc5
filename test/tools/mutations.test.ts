import assert from 'node:assert/strict';

import { mutated } from '../../tools/faults/mutations';

// npm run test:faults reads 1,000 of them.
const COUNT = 60;

describe('damaged SavedModels, checkpoints, weights and titles', () => {
  it(`${COUNT} of them give a typed error or a right result, in a process that lives on`, async function () {
    this.timeout(180_000);
    const readings = await mutated({ count: COUNT, seed: 1 });
    assert.deepEqual(
      readings.filter(({ fault }) => fault !== undefined),
      [],
    );
    // A test that only ever met one kind of outcome would show nothing.
    const refused = readings.filter(({ outcome }) => outcome === 'refused').length;
    assert.ok(readings.length === COUNT && refused > 10 && refused < COUNT - 10, `${refused} refused`);
  });
});
