import assert from 'node:assert/strict';
import {
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  check,
  checkThoroughly,
  hashFile,
  readStamp,
  stamped,
  writeStamp,
} from '../../../src/engine/backend/stamp';

describe('stamp', () => {
  let dir: string;
  const file = () => join(dir, 'library.so');

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tsdl-stamp-'));
    writeFileSync(file(), 'the library');
    const files = [stamped(dir, 'library.so', await hashFile(file()))];
    writeStamp(dir, { step: 'test', key: 'k1', made: 'today', info: {}, files });
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('accepts a folder as it was left', () => assert.equal(check(dir, 'k1').state, 'ok'));

  it('calls a folder without stamp missing, and one with half a stamp too', () => {
    const text = readFileSync(join(dir, 'stamp.json'), 'utf8');
    writeFileSync(join(dir, 'stamp.json'), text.slice(0, text.length / 2));
    assert.equal(check(dir, 'k1').state, 'missing');
    rmSync(join(dir, 'stamp.json'));
    assert.equal(check(dir, 'k1').state, 'missing');
  });

  it('calls a folder made from other inputs outdated', () =>
    assert.equal(check(dir, 'k2').state, 'outdated'));

  it('finds a truncated and a deleted file', () => {
    truncateSync(file(), 4);
    assert.deepEqual(check(dir, 'k1'), {
      state: 'corrupt',
      file: file(),
      detail: { zh: '4 字节，应为 11 字节', en: 'it has 4 bytes instead of 11' },
    });
    rmSync(file());
    assert.equal(check(dir, 'k1').state, 'corrupt');
  });

  it('finds other bytes of the same length by the new date', () => {
    writeFileSync(file(), 'the Library');
    assert.equal(check(dir, 'k1').state, 'corrupt');
  });

  it('finds other bytes under the old date when it looks thoroughly', async () => {
    const { atime, mtime } = statSync(file());
    writeFileSync(file(), 'the Library');
    utimesSync(file(), atime, mtime);
    const condition = await checkThoroughly(dir, 'k1');
    assert.equal(condition.state, 'corrupt');
  });

  it('notes the new date of an unchanged file, so that it is hashed once', () => {
    const later = new Date(Date.now() + 5000);
    utimesSync(file(), later, later);
    assert.equal(check(dir, 'k1').state, 'ok');
    assert.equal(readStamp(dir)?.files[0]?.mtimeMs, statSync(file()).mtimeMs);
  });
});
