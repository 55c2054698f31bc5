import assert from 'node:assert/strict';

import * as nn from '../../src/nn';

const names = Object.keys(nn);

describe('nn', () => {
  for (const [kind, pattern] of Object.entries({ classes: /^[A-Z]/, functions: /^[a-z]/ })) {
    it(`offers no two ${kind} whose names differ by case alone`, () => {
      const lower = names.filter((name) => pattern.test(name)).map((name) => name.toLowerCase());
      assert.ok(lower.length > 10);
      assert.deepEqual(lower, [...new Set(lower)]);
    });
  }

  it('keeps the parts of its layers to itself', () => {
    const parts = /^(child|joinHeads|splitHeads|headSize|hiding|reduce|checked|describe|isBuffer|layoutOf)/;
    assert.deepEqual(
      names.filter((name) => parts.test(name)),
      [],
    );
  });
});
