import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CodeCache } from '../../../src/kernel/language/code-cache';

const source = (answer: number): string =>
  `const { sep } = require('node:path');\nmodule.exports = { answer: ${answer}, sep, file: __filename };\n`;

describe('code cache', () => {
  let folder: string;
  let path: string;
  let file: string;

  before(function () {
    if ('enableCompileCache' in Module) this.skip(); // Node keeps compiled code itself
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tsdl-code-'));
    path = join(folder, 'large.js');
    file = join(folder, 'cache', 'large.v8');
    writeFileSync(path, source(42));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  /** As a new process would. */
  function session(): { answer: number; file: string } {
    const require = createRequire(path);
    Reflect.deleteProperty(require.cache, path);
    const cache = new CodeCache(path, file);
    const exports = cache.load() as { answer: number; file: string };
    assert.equal(require(path), exports, 'the package is there for others, too');
    cache.keep();
    return exports;
  }

  it('loads the same from source and from what an earlier session kept', () => {
    assert.equal(existsSync(file), false);
    const first = session();
    const kept = readFileSync(file);
    assert.ok(kept.length > 100);
    assert.deepEqual(session(), first);
    assert.deepEqual(first.file, path);
    assert.ok(readFileSync(file).equals(kept), 'what is of use is left as it is');
  });

  it('does not trust a file that was damaged, and mends it', () => {
    session();
    const kept = readFileSync(file);
    const damaged = Buffer.from(kept);
    damaged[kept.length >> 1] = (damaged[kept.length >> 1] ?? 0) ^ 1;
    for (const bytes of [damaged, kept.subarray(0, 30), Buffer.alloc(0)]) {
      writeFileSync(file, bytes);
      assert.equal(session().answer, 42);
      assert.ok(!readFileSync(file).equals(bytes));
    }
  });

  it('notices another source of the same length', () => {
    session();
    writeFileSync(path, source(43));
    assert.equal(session().answer, 43);
  });

  it('does without a file that cannot be written', () => {
    writeFileSync(join(folder, 'cache'), 'a file where the folder would be');
    assert.equal(session().answer, 42);
  });
});
