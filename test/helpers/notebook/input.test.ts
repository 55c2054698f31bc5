import assert from 'node:assert/strict';

import { input } from '../../../src/helpers/notebook/input';

describe('input()', () => {
  it('says what to do outside a notebook', async () => {
    await assert.rejects(
      input('name? '),
      /Cannot ask for input: expected a notebook, got none; in a script use/,
    );
  });

  it("asks the kernel and gives the reader's line back", async () => {
    const asked: unknown[] = [];
    const host = { input: (...args: unknown[]) => Promise.resolve(`answer ${String(asked.push(args))}`) };
    const key = Symbol.for('tsdl.kernel');
    Object.assign(globalThis, { [key]: host });
    try {
      assert.deepEqual(
        [await input('name? '), await input('key', { password: true })],
        ['answer 1', 'answer 2'],
      );
    } finally {
      Reflect.deleteProperty(globalThis, key);
    }
    assert.deepEqual(asked, [
      ['name? ', false],
      ['key', true],
    ]);
  });
});
