import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as tf from '../../../src/engine/tf';
import { mutated, Outcome, samples, tryOne } from '../../support/fuzz';

// npm run fuzz reads 10,000 of them and watches time and memory from outside.
const FILES = 400;

describe('mutated files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsdl-fuzz-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it(`${FILES} of them give a right result or a typed error, and leave no tensors`, async () => {
    const all = samples();
    const before = tf.memory().numTensors;
    const outcomes: Outcome[] = [];
    for (let index = 0; index < FILES; index++) outcomes.push(await tryOne(mutated(index, all), folder));
    assert.equal(tf.memory().numTensors, before);
    // A test that only ever met one kind of outcome would show nothing.
    for (const format of ['pth', 'safetensors', 'idx']) {
      const own = outcomes.filter((one) => one.format === format);
      const errors = own.filter(({ outcome }) => outcome === 'error').length;
      assert.ok(errors > 50 && errors < own.length, `${format}: ${errors} errors of ${own.length}`);
    }
  });
});
