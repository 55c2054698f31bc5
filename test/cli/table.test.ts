import assert from 'node:assert/strict';

import { columns, padDisplay } from '../../src/cli/table';

describe('tables for a terminal', () => {
  it('counts Chinese characters and full-width signs as two columns', () => {
    const padded = ['abc', '设备：GPU', 'e\u0301', '✔', '👍'].map((text) => padDisplay(text, 10));
    assert.deepEqual(padded, ['abc       ', '设备：GPU ', 'e\u0301         ', '✔         ', '👍        ']);
  });

  it('aligns columns by what is seen', () => {
    assert.equal(padDisplay('内核', 6), '内核  ');
    assert.deepEqual(
      columns([
        ['✔', '内核', 'a'],
        ['✔', 'npm', 'bb'],
      ]),
      ['✔  内核  a', '✔  npm   bb'],
    );
  });
});
