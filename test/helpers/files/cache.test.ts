import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { checkCache } from '../../../src/cli/doctor/system';
import { cachePath, writeWhole } from '../../../src/helpers/files/cache';

// a folder "below" a file can be made by nobody, the superuser included: a shared installation as its users see it
describe('the cache of a shared installation that only its keeper may change', () => {
  const saved = { TSDL_HOME: process.env.TSDL_HOME, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME };
  let dir: string;
  let locked: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tsdl-cache-'));
    locked = join(dir, 'locked');
    writeFileSync(locked, '');
    process.env.TSDL_HOME = join(locked, 'home');
    process.env.XDG_CACHE_HOME = dir;
  });

  afterEach(() => {
    for (const [name, value] of Object.entries(saved)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    rmSync(dir, { recursive: true });
  });

  it("is the reader's own", () => {
    const path = cachePath('mnist', 'labels');
    assert.equal(path, join(dir, 'tsdl', 'mnist', 'labels'));
    writeWhole(path, Uint8Array.of(7));
    assert.deepEqual([...readFileSync(cachePath('mnist', 'labels'))], [7]);
  });

  it('is the shared one where that can be written', () => {
    process.env.TSDL_HOME = join(dir, 'home');
    assert.equal(cachePath('mnist'), join(dir, 'home', 'cache', 'mnist'));
  });

  it('is said by the doctor to be open where others may put code into it', () => {
    const home = (process.env.TSDL_HOME = join(dir, 'open'));
    mkdirSync(join(home, 'cache'), { recursive: true });
    chmodSync(join(home, 'cache'), 0o777);
    const { state, value, mend } = checkCache();
    assert.equal(state, 'warning');
    assert.match(value.en, /no code in the shared cache: .* may be written by others \(mode 777\)/);
    assert.match(mend ?? '', /^chmod -R go-w '.*cache'$/);
  });

  it('is no fault for the doctor, unless neither can be written', () => {
    const own = checkCache();
    assert.notEqual(own.state, 'fault');
    assert.match(own.value.en, /tsdl/);
    process.env.XDG_CACHE_HOME = locked;
    const none = checkCache();
    assert.equal(none.state, 'fault');
    assert.match(none.value.en, /neither .* nor .* can be written/);
    assert.match(none.mend ?? '', /XDG_CACHE_HOME/);
  });
});
