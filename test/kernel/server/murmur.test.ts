import assert from 'node:assert/strict';

import { murmur2 } from '../../../src/kernel/server/murmur';

/** As JupyterLab 4.6 gives them. */
const FOUND = [3990065800, 2167009006, 2805137849, 3350977461, 804720481, 3773950048, 3065662849];

describe('murmur2', () => {
  it('hashes as the front-ends do, whatever is left of four bytes', () => {
    const texts = ['', 'a', 'ab', 'abc', 'abcd', 'print(1)', 'const 词 = "🙂";\n'];
    const found = texts.map((text) => murmur2(text, 0xc70f6907));
    assert.deepEqual(found, FOUND);
  });
});
