import assert from 'node:assert/strict';

import { compile, profile } from '../../../src/engine/compile';
import * as tf from '../../../src/engine/tf';

describe('profile', () => {
  const x = tf.ones([64, 64]);
  const step = (): void => tf.tidy(() => void tf.relu(tf.matMul(tf.matMul(x, x), x)));

  it('counts and times each kind of operation in one call', () => {
    const { operations, totalMs } = profile(step, { repeats: 3 });
    const counts = Object.fromEntries(operations.map(({ op, count }) => [op, count]));
    assert.equal(counts.Relu, 1);
    assert.equal(counts.BatchMatMulV2 ?? counts.MatMul ?? counts.BatchMatMul, 2);
    assert.ok(totalMs > 0);
    const shares = operations.reduce((sum, { share }) => sum + share, 0);
    assert.ok(Math.abs(shares - 1) < 1e-9);
    assert.deepEqual(
      operations.map(({ ms }) => ms),
      operations.map(({ ms }) => ms).sort((a, b) => b - a),
    );
  });

  it('prints as a table with bars', () => {
    const lines = String(profile(step)).split('\n');
    assert.match(lines[0]!, /^operation +runs +ms +share$/);
    assert.match(lines[1]!, /█/);
    assert.match(lines.at(-1)!, /^one call: [\d.]+ ms$/);
  });

  it('refuses to run inside a compiled function, and leaves the backend as it was', () => {
    assert.throws(() => compile(() => profile(step))(), /Cannot profile: expected a plain call/);
    assert.throws(() => profile(step, { repeats: 0 }), RangeError);
    assert.throws(
      () =>
        profile(() => {
          throw new RangeError('mine');
        }),
      /mine/,
    );
    step();
  });
});
