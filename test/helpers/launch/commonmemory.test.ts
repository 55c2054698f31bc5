import assert from 'node:assert/strict';
import { closeSync, fstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { openMemory } from '../../../src/helpers/launch/commonmemory';
import { temporaryFolder } from '../../support/folder';

describe('the memory of workers', () => {
  const file = temporaryFolder();

  it('has no name, is for this user alone and as large as the workers need', () => {
    const folder = file('.');
    const fd = openMemory(4, assert.fail, folder) ?? assert.fail();
    const { size, nlink, mode, blocks } = fstatSync(fd);
    closeSync(fd);
    assert.deepEqual(readdirSync(folder), []);
    assert.equal(nlink, 0);
    assert.equal(mode & 0o777, 0o600);
    assert.ok(size > 5 * 2 ** 20 && size < 6 * 2 ** 20, `${size} bytes`);
    assert.ok(blocks * 512 >= size, 'reserved, not only promised');
  });

  it('is done without where there is no room, with a sentence', () => {
    const told: string[] = [];
    assert.equal(
      openMemory(2, (sentence) => told.push(sentence), join(file('.'), 'nowhere')),
      undefined,
    );
    assert.match(told.join(), /network|网络/);
    assert.match(told.join(), /ENOENT/);
  });
});
