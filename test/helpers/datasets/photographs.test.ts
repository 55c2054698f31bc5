import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';

import { isNative } from '../../../src/engine/backend/rawops';
import { loadPhotograph, photographs } from '../../../src/helpers/datasets/photographs';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

/** Height, width and SHA-256 of the pixels as Pillow 13.0 decodes them (`Image.open(path).tobytes()`). */
const PILLOW: Readonly<Record<string, readonly [number, number, string]>> = {
  astronaut: [512, 512, 'f23ecdd564395c1f'],
  chelsea: [300, 451, '4f1410ac820f830b'],
  china: [342, 512, '932f140ec549d612'],
  coffee: [341, 512, '8a8e74f37d796b03'],
  flower: [342, 512, 'b76e2ff231f7fa06'],
  hubble: [446, 512, 'e007fefae4de9064'],
  rocket: [342, 512, '388a883b31c1dc79'],
};

describe('photographs', () => {
  const all = photographs();

  it('are small files, each with what is to be said beside it', () => {
    assert.deepEqual(
      readdirSync(dirname(all[0]?.path ?? '')).filter((name) => name.endsWith('.jpg')),
      all.map(({ path }) => basename(path)),
    );
    for (const { path, title, author, licence, source, notice } of all) {
      assert.ok(readFileSync(path).length <= 60_000, path);
      for (const words of [title.zh, author, source]) assert.ok(notice.includes(words), notice);
      // what follows an address up to the next space would become part of the link
      assert.doesNotMatch(notice, /https:[!-~]*[^ -~\n]/);
      assert.match(licence, /^(CC0 1\.0|public domain|CC BY 2\.0 \(https:.*\))$/);
    }
  });

  it('are decoded to the pixels that Pillow reads', function () {
    if (!isNative()) this.skip();
    const read = all.map(({ name }) => {
      const image = loadPhotograph(name);
      assert.deepEqual([image.dtype, image.shape[2]], ['int32', 3]);
      return [name, [image.shape[0], image.shape[1], sha256(Uint8Array.from(image.dataSync()))]];
    });
    assert.deepEqual(Object.fromEntries(read), PILLOW);
  });

  it('refuses a name that is none', () =>
    assert.throws(
      () => loadPhotograph('dog'),
      /^RangeError: Cannot load photograph: expected one of astronaut, chelsea, .*, got "dog"$/,
    ));
});
