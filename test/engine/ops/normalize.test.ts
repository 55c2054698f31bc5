import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import * as tf from '../../../src/engine/tf';

describe('Layers by TensorFlow’s own kernels, without oneDNN', () => {
  it('have PyTorch’s values and gradients within 1e-5', function () {
    if (tf.getBackend() !== 'tensorflow') this.skip();
    this.timeout(240_000);
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['-r', 'ts-node/register/transpile-only', join(__dirname, '../../support/withoutonednn.ts')],
      { encoding: 'utf8', env: { ...process.env, TF_ENABLE_ONEDNN_OPTS: '0' } },
    );
    assert.equal(status, 0, stderr.slice(0, 2000));
    const [count, ...differing] = stdout.trim().split('\n').reverse();
    assert.deepEqual(differing, []);
    assert.ok(parseInt(count!) > 400, count);
  });
});
