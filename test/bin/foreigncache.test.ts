/** Code that is kept between processes, in folders and files that others made or changed: it does not run. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { devNull } from 'node:os';
import { basename, join } from 'node:path';

import { codeCache, keepFile, readKept } from '../../bin/bootstrap/kept';
import { compiled } from '../../bin/bootstrap/oncecompiled';
import { temporaryFolder } from '../support/folder';

const NOBODY = 65_534;
const isRoot = process.geteuid?.() === 0;
const EVIL = 'globalThis.evil = true;';

/** What whoever may write into the cache would put there: the digest is no secret. */
const forged = (name: string, code = EVIL): string =>
  createHash('sha256').update(`${name}\0${code}`).digest('hex') + code;

describe('kept code that others may have written', () => {
  const file = temporaryFolder();
  const { TSDL_HOME, XDG_CACHE_HOME } = process.env;
  beforeEach(() => {
    process.env.TSDL_HOME = file('home');
    process.env.XDG_CACHE_HOME = file('own');
    for (const folder of ['home/cache', 'own/tsdl'])
      mkdirSync(file(folder), { recursive: true, mode: 0o755 });
  });
  afterEach(() => {
    for (const [name, value] of Object.entries({ TSDL_HOME, XDG_CACHE_HOME }))
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
  });

  const shared = (): string => file('home/cache/x');
  const own = (): string => file('own/tsdl/x');

  it('is looked for in no folder into which others may write, nor below one', function () {
    assert.equal(codeCache('x'), shared());
    for (const folder of ['home/cache', 'home']) {
      for (const mode of [0o777, 0o757, ...(folder === 'home' ? [] : [0o1777])]) {
        chmodSync(file(folder), mode);
        assert.equal(codeCache('x'), own(), `${folder} ${mode.toString(8)}`);
      }
      chmodSync(file(folder), 0o755);
    }
    assert.equal(codeCache('x'), shared());
    if (!isRoot) return this.skip(); // the rest gives files away
    for (const folder of ['home/cache', 'home']) {
      chownSync(file(folder), 0, NOBODY);
      chmodSync(file(folder), 0o775);
      assert.equal(codeCache('x'), own(), `${folder}, a group's`);
      chownSync(file(folder), NOBODY, NOBODY);
      chmodSync(file(folder), 0o700);
      assert.equal(codeCache('x'), own(), `${folder}, another's`);
      chownSync(file(folder), 0, 0);
      chmodSync(file(folder), 0o755);
    }
    chmodSync(file('home'), 0o777);
    chownSync(file('own/tsdl'), NOBODY, NOBODY);
    assert.equal(codeCache('x'), join(devNull, 'cache', 'x'), 'then nothing is kept');
  });

  it('is looked for behind no link into such a folder', () => {
    mkdirSync(file('open/cache'), { recursive: true });
    chmodSync(file('open'), 0o777);
    rmSync(file('home/cache'), { recursive: true });
    symlinkSync(file('open/cache'), file('home/cache'));
    assert.equal(codeCache('x'), own());
  });

  it('is no file that was replaced, moved, cut, or that another owns, may write, or links to', function () {
    const kept = join(file('home/cache'), 'kept.js');
    const spoil: Record<string, () => void> = {
      'other code': () => writeFileSync(kept, readFileSync(kept, 'latin1').slice(0, 64) + EVIL),
      'no digest': () => writeFileSync(kept, EVIL),
      'a digest of zeros': () => writeFileSync(kept, '0'.repeat(64) + EVIL),
      'the digest of its text alone': () =>
        writeFileSync(kept, createHash('sha256').update(EVIL).digest('hex') + EVIL),
      'one bit': () => {
        const bytes = readFileSync(kept);
        bytes[65] = (bytes[65] ?? 0) ^ 1;
        writeFileSync(kept, bytes);
      },
      'cut off': () => writeFileSync(kept, readFileSync(kept).subarray(0, 66)),
      empty: () => writeFileSync(kept, ''),
      'another kept file': () => {
        keepFile(`${kept}.other`, EVIL);
        renameSync(`${kept}.other`, kept);
      },
      'writable by all': () => {
        writeFileSync(kept, forged(basename(kept)));
        chmodSync(kept, 0o666);
      },
      'a link to what would fit': () => {
        writeFileSync(file('elsewhere'), forged(basename(kept)));
        rmSync(kept);
        symlinkSync(file('elsewhere'), kept);
      },
      'a folder': () => {
        rmSync(kept);
        mkdirSync(kept);
      },
      'a pipe': () => {
        rmSync(kept);
        assert.equal(spawnSync('mkfifo', [kept]).status, 0);
      },
      ...(isRoot && {
        'another’s, with the right digest': () => {
          writeFileSync(kept, forged(basename(kept)));
          chownSync(kept, NOBODY, NOBODY);
        },
        'a group’s, with the right digest': () => {
          writeFileSync(kept, forged(basename(kept)));
          chownSync(kept, 0, NOBODY);
          chmodSync(kept, 0o664);
        },
      }),
    };
    for (const [how, change] of Object.entries(spoil)) {
      rmSync(kept, { recursive: true, force: true });
      keepFile(kept, 'good');
      assert.equal(readKept(kept)?.toString(), 'good');
      change();
      assert.equal(readKept(kept), undefined, how);
    }
  });

  it('is compiled anew from its source, and mended', () => {
    const [source, folder] = [file('program.ts'), file('home/cache')];
    writeFileSync(source, 'export const answer: number = 42;');
    const good = compiled(source, folder);
    const [name = ''] = readdirSync(folder);
    for (const text of [EVIL, readFileSync(join(folder, name), 'latin1').slice(0, 64) + EVIL, '']) {
      writeFileSync(join(folder, name), text);
      assert.equal(compiled(source, folder), good);
      assert.equal(readKept(join(folder, name))?.toString(), good, 'mended');
    }
    copyFileSync(join(folder, name), file('copy'));
    writeFileSync(source, 'export const answer: number = 43;');
    assert.notEqual(compiled(source, folder), good);
    assert.deepEqual(readKept(join(folder, name))?.toString(), good);
    assert.equal(compiled(source, join(devNull, 'cache')).includes('43'), true, 'and where nothing is kept');
  });

  it('is written for its owner to change alone, whatever the umask', () => {
    const before = process.umask(0);
    try {
      keepFile(join(codeCache('new'), 'kept.js'), 'good');
    } finally {
      process.umask(before);
    }
    for (const path of [codeCache('new'), join(codeCache('new'), 'kept.js')])
      assert.equal(statSync(path).mode & 0o022, 0, path);
    assert.equal(readKept(join(codeCache('new'), 'kept.js'))?.toString(), 'good');
  });
});
