import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type OutFile, writeAll } from '../../../src/cli/release/write';

const file = (path: string, text: string): OutFile => ({ path, bytes: Buffer.from(text) });

describe('writeAll()', () => {
  let dir = '';
  let out = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tsdl-write-'));
    out = join(dir, 'out');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const all = (): Record<string, string> =>
    Object.fromEntries(
      readdirSync(out, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name), 'utf8')]),
    );

  it('writes files into folders of their own, again when they are the same, and leaves nothing beside them', () => {
    for (const again of [false, true]) {
      writeAll(out, [file('a', '1'), file('below/b', '2')], false);
      assert.deepEqual(all(), { a: '1', b: '2' }, String(again));
    }
  });

  it('changes nothing when one file would be lost, unless told to', () => {
    writeAll(out, [file('a', '1'), file('b', '2')], false);
    const files = [file('a', '1'), file('b', 'other'), file('c', '3')];
    assert.throws(() => writeAll(out, files, false), {
      name: 'Fault',
      message: /已经有不同的 b。/,
      mend: /--force/,
    });
    assert.deepEqual(all(), { a: '1', b: '2' });
    writeAll(out, files, true);
    assert.deepEqual(all(), { a: '1', b: 'other', c: '3' });
  });

  it('changes nothing when a folder stands in the place of a file, or a file in the place of a folder', () => {
    mkdirSync(join(out, 'b'), { recursive: true });
    assert.throws(() => writeAll(out, [file('a', '1'), file('b', '2')], true), { name: 'Fault' });
    writeFileSync(join(out, 'images'), '');
    assert.throws(() => writeAll(out, [file('a', '1'), file('images/x', '2')], true), {
      name: 'Fault',
      message: /不能写入/,
    });
    assert.deepEqual(all(), { images: '' });
    writeFileSync(join(dir, 'file'), '');
    assert.throws(() => writeAll(join(dir, 'file', 'out'), [file('a', '1')], false), { name: 'Fault' });
    assert.ok(!existsSync(join(out, 'a')));
  });

  it('leaves no new folder behind when it fails', () => {
    const folder = join(dir, 'new', 'out');
    assert.throws(() => writeAll(folder, [file('a', '1'), file('a/b', '2')], false), { name: 'Fault' });
    assert.deepEqual(readdirSync(dir), []);
  });
});
