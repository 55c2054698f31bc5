import assert from 'node:assert/strict';

import { fidelity } from '../../tools/fidelity';

describe('tsdl fidelity', () => {
  it('refuses a number of steps that shows nothing', async () => {
    await assert.rejects(fidelity(['--steps', '2']), {
      name: 'RangeError',
      message: 'Cannot train for --steps: expected an integer above 3, got "2"',
    });
  });
});
