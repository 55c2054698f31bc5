import assert from 'node:assert/strict';

import { columns, displayWidth, padDisplay } from '../../src/cli/table';

describe('tables for a terminal', () => {
  it('counts Chinese characters and full-width signs as two columns', () => {
    assert.equal(displayWidth('abc'), 3);
    assert.equal(displayWidth('设备：GPU'), 9);
    assert.equal(displayWidth('é'), 1);
    assert.equal(displayWidth('✔'), 1);
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
