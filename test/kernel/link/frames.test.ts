import assert from 'node:assert/strict';

import { frameOf, FrameReader, messageIn } from '../../../src/kernel/link/frames';

describe('FrameReader', () => {
  const messages = ['one', '', 'x'.repeat(70_000), '字', 'last'];
  const stream = Buffer.concat(messages.map(frameOf));
  let seen: unknown[];
  let reader: FrameReader;

  beforeEach(() => {
    seen = [];
    reader = new FrameReader((body) => seen.push(messageIn(body)));
  });

  it('cuts many frames out of one chunk', () => {
    reader.push(stream);
    assert.deepEqual(seen, messages);
  });

  for (const size of [1, 2, 3, 4, 5, 7, 1000, 65_536]) {
    it(`cuts the same frames out of chunks of ${size} bytes`, () => {
      for (let at = 0; at < stream.length; at += size) reader.push(stream.subarray(at, at + size));
      assert.deepEqual(seen, messages);
    });
  }

  it('hands each frame on with its last byte, not later', () => {
    const [first, second] = [frameOf('first'), frameOf('second')];
    reader.push(first.subarray(0, -1));
    assert.deepEqual(seen, []);
    reader.push(Buffer.concat([first.subarray(-1), second.subarray(0, 6)]));
    assert.deepEqual(seen, ['first']);
    reader.push(second.subarray(6));
    assert.deepEqual(seen, ['first', 'second']);
  });

  it('passes over empty chunks', () => {
    for (const chunk of [Buffer.alloc(0), frameOf('a'), Buffer.alloc(0), frameOf('b')]) reader.push(chunk);
    assert.deepEqual(seen, ['a', 'b']);
  });
});
