import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import * as tf from '../../../src/engine/tf';

describe('Compiled convolutions by TensorFlow’s own kernels, without oneDNN', () => {
  it('are the plain ones, in groups too, with bias, normalisation and activation, in float32 and bfloat16', function () {
    if (tf.getBackend() !== 'tensorflow') this.skip();
    this.timeout(240_000);
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['-r', 'ts-node/register/transpile-only', join(__dirname, '../../support/groupedconvs.ts')],
      { encoding: 'utf8', env: { ...process.env, TF_ENABLE_ONEDNN_OPTS: '0' } },
    );
    assert.equal(status, 0, stderr.slice(-2000));
    const [count, ...differing] = stdout.trim().split('\n').reverse();
    assert.deepEqual(differing, []);
    assert.equal(count, '20 rows');
  });
});
