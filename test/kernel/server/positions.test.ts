import assert from 'node:assert/strict';

import { codePoints, completionReply, utf16Offset } from '../../../src/kernel/server/positions';

describe('positions', () => {
  const text = 'a😀é字👩‍💻b'; // 1, 2, 1, 1, 2 + 1 + 2 and 1 units; the last picture is three characters

  it('count characters, not UTF-16 units', () => {
    assert.equal(text.length, 11);
    assert.equal(codePoints(text), 8);
    assert.equal(codePoints(''), 0);
  });

  it('turn every number of characters into the units of as many', () => {
    const offsets = Array.from({ length: 9 }, (_, cursor) => utf16Offset(text, cursor));
    assert.deepEqual(offsets, [0, 1, 3, 4, 5, 7, 8, 10, 11]);
    for (const [cursor, offset] of offsets.entries()) assert.equal(codePoints(text.slice(0, offset)), cursor);
  });

  it('stay within the text', () => {
    assert.equal(utf16Offset(text, 100), text.length);
    assert.equal(utf16Offset(text, NaN), 0);
    assert.equal(utf16Offset('', 3), 0);
  });

  it('count half of a pair as one', () => {
    assert.equal(codePoints('\ud83d'), 1);
    assert.equal(utf16Offset('\ud83dx', 1), 1);
  });

  it('give a completion its range in characters, and each candidate its kind', () => {
    const code = `'😀'; Math.flo`;
    const end = code.length;
    const reply = completionReply(code, { start: end - 3, end, items: [{ text: 'floor', kind: 'method' }] });
    assert.deepEqual(reply, {
      matches: ['floor'],
      cursor_start: 10,
      cursor_end: 13,
      metadata: {
        _jupyter_types_experimental: [{ text: 'floor', type: 'method', start: 10, end: 13 }],
      },
    });
  });
});
