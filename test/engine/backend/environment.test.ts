import assert from 'node:assert/strict';

import {
  environmentFor,
  sessionsHaveThreads,
  withEnvironment,
} from '../../../src/engine/backend/environment';

describe('environmentFor', () => {
  const gpu = { kind: 'gpu', index: 1 } as const;

  it('lets memory grow, shows one card, and counts cards as nvidia-smi does', () => {
    const set = environmentFor(gpu, 'gpu', { CUDA_VISIBLE_DEVICES: '2,5' });
    assert.equal(set.TF_FORCE_GPU_ALLOW_GROWTH, 'true');
    assert.equal(set.CUDA_DEVICE_ORDER, 'PCI_BUS_ID');
    assert.equal(set.CUDA_VISIBLE_DEVICES, '5');
    assert.match(set.XLA_FLAGS ?? '', /nvidia\/cuda_nvcc$/);
  });

  it('leaves what the reader has set', () => {
    const set = environmentFor(gpu, 'gpu', { TF_FORCE_GPU_ALLOW_GROWTH: 'false', TF_CPP_MIN_LOG_LEVEL: '0' });
    assert.equal(set.TF_FORCE_GPU_ALLOW_GROWTH, undefined);
    assert.equal(set.TF_CPP_MIN_LOG_LEVEL, undefined);
  });

  it('knows two switches, and says what they take', () => {
    const set = environmentFor(gpu, 'gpu', { TSDL_DETERMINISTIC: '1', TSDL_TF32: '0' });
    assert.deepEqual([set.TF_DETERMINISTIC_OPS, set.NVIDIA_TF32_OVERRIDE], ['1', '0']);
    const plain = environmentFor(gpu, 'gpu', { TSDL_DETERMINISTIC: '0', TSDL_TF32: '1' });
    assert.deepEqual([plain.TF_DETERMINISTIC_OPS, plain.NVIDIA_TF32_OVERRIDE], [undefined, undefined]);
    assert.throws(() => environmentFor(gpu, 'gpu', { TSDL_TF32: 'off' }), {
      name: 'RangeError',
      message: 'Cannot use TSDL_TF32: expected 0 or 1, got "off"',
    });
  });

  it('sets nothing of CUDA for the CPU library, but how its threads share work', () => {
    const set = environmentFor({ kind: 'auto' }, 'cpu', { TF_OVERRIDE_GLOBAL_THREADPOOL: '0' });
    assert.deepEqual(set, { TF_CPP_MIN_LOG_LEVEL: '3', TF_ONEDNN_THREADPOOL_USE_CALLER_THREAD: '1' });
    assert.equal(sessionsHaveThreads({ TF_OVERRIDE_GLOBAL_THREADPOOL: '0' }), false);
    const many = environmentFor({ kind: 'auto' }, 'cpu', {}, 17);
    assert.equal(sessionsHaveThreads(many), false);
    assert.equal(sessionsHaveThreads(environmentFor({ kind: 'auto' }, 'cpu', {}, 16)), true);
  });
});

describe('withEnvironment', () => {
  it('puts CUDA_VISIBLE_DEVICES back, also after an error', () => {
    const before = process.env.CUDA_VISIBLE_DEVICES;
    const changes = { CUDA_VISIBLE_DEVICES: '7' };
    assert.equal(
      withEnvironment(changes, () => process.env.CUDA_VISIBLE_DEVICES),
      '7',
    );
    assert.throws(() => withEnvironment(changes, () => assert.fail('does not load')), /does not load/);
    assert.equal(process.env.CUDA_VISIBLE_DEVICES, before);
  });
});
