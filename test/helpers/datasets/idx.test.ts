import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { encodeIdx, type IdxLimits, parseIdx, readIdx } from '../../../src/helpers/datasets/idx';

const values = Uint8Array.from({ length: 12 }, (_, i) => i * 20);
const file = encodeIdx([3, 2, 2], values);

describe('parseIdx() and encodeIdx()', () => {
  it('return what was written', () => {
    const { shape, values: read } = parseIdx(file, { rank: 3 });
    assert.deepEqual(shape, [3, 2, 2]);
    assert.deepEqual([...read], [...values]);
  });

  it('use the big-endian layout of the MNIST files', () => {
    assert.equal(file.subarray(0, 8).toString('hex'), '0000080300000003');
  });

  it('refuse a shape that does not match the values', () => {
    assert.throws(() => encodeIdx([3, 5], values), /^RangeError: Cannot write IDX: expected 15 values/);
  });
});

describe('readIdx()', () => {
  let dir = '';
  before(() => (dir = mkdtempSync(join(tmpdir(), 'tsdl-idx-'))));
  after(() => rmSync(dir, { recursive: true }));

  const write = (name: string, bytes: Uint8Array): string => {
    const path = join(dir, name);
    writeFileSync(path, bytes);
    return path;
  };
  const refuses = (path: string, pattern: RegExp, limits: IdxLimits = { rank: 3 }) =>
    assert.throws(() => readIdx(path, limits), pattern);

  it('reads plain and packed files alike', () => {
    for (const path of [write('a-ubyte', file), write('a-ubyte.gz', gzipSync(file))]) {
      assert.deepEqual([...readIdx(path, { rank: 3 }).values], [...values]);
    }
  });

  it('refuses an empty file, another magic number, another number of axes', () => {
    refuses(
      write('empty', new Uint8Array()),
      /SyntaxError: .*"empty": expected at least 16 bytes of header, got 0/,
    );
    refuses(
      write('html', Buffer.from('<html>not found</html>')),
      /expected magic number 0x00000803 .*got 0x3c68746d/,
    );
    refuses(write('labels', encodeIdx([12], values)), /expected magic number 0x00000803.*got 0x00000801/);
  });

  it('refuses a file cut short and one with bytes to spare', () => {
    refuses(write('short', file.subarray(0, -1)), /"short": expected 28 bytes, got 27/);
    refuses(write('long', Buffer.concat([file, Buffer.alloc(3)])), /"long": expected 28 bytes, got 31/);
  });

  it('refuses a shape beyond the limit before it allocates anything', () => {
    const huge = Buffer.from(file);
    huge.writeUInt32BE(0xffffffff, 4);
    refuses(write('huge', huge), /expected at most 1073741824 values, got 4294967295 × 2 × 2/);
    refuses(write('huge.gz', gzipSync(huge)), /expected at most 1073741824 values/);
    refuses(write('many', file), /expected at most 10 values, got 3 × 2 × 2 = 12/, {
      rank: 3,
      maxValues: 10,
    });
  });

  it('stops unpacking a gzip bomb at the size its header states', () => {
    const bomb = gzipSync(Buffer.concat([file, Buffer.alloc(64 << 20)]));
    refuses(write('bomb.gz', bomb), /"bomb.gz": expected at most 28 bytes .* got more after unpacking/);
  });

  it('refuses broken and truncated gzip data', () => {
    refuses(write('text.gz', Buffer.from('not gzip')), /"text.gz": expected gzip data/);
    const packed = gzipSync(
      encodeIdx(
        [40, 28, 28],
        new Uint8Array(31360).map((_, i) => (i * 7919) % 251),
      ),
    );
    refuses(write('cut.gz', packed.subarray(0, packed.length - 200)), /"cut.gz": expected gzip data/);
  });
});
