import assert from 'node:assert/strict';

import type { Device } from '../../../src/engine/backend/device';
import {
  DeviceError,
  explain,
  explainLog,
  type FailureKind,
  translated,
  withTranslatedErrors,
} from '../../../src/engine/backend/failures';
import * as tf from '../../../src/engine/tf';

const GPU: Device = { kind: 'gpu', name: 'NVIDIA H200', index: 1, tensorflow: '2.21.0' };

/** Messages as TensorFlow 2.21 and the CUDA libraries write them. */
const MESSAGES: readonly (readonly [FailureKind, string])[] = [
  [
    'memory',
    'Invalid TF_Status: 8\nMessage: OOM when allocating tensor with shape[65536,65536] and type float on ' +
      '/job:localhost/replica:0/task:0/device:GPU:0 by allocator GPU_0_bfc',
  ],
  [
    'memory',
    'Session fail to run with error: 2 root error(s) found.\n  (0) RESOURCE_EXHAUSTED: OOM when allocating tensor',
  ],
  [
    'memory',
    'failed to allocate 1.20GiB (1288490188 bytes) from device: RESOURCE_EXHAUSTED: CUDA_ERROR_OUT_OF_MEMORY: out of memory',
  ],
  ['memory', 'Could not create cudnn handle: CUDNN_STATUS_NOT_INITIALIZED'],
  ['memory', 'failed to create cublas handle: CUBLAS_STATUS_NOT_INITIALIZED'],
  ['memory', 'DNN library initialization failed. Look at the errors above for more details.'],
  [
    'busy',
    'failed to create context: CUDA_ERROR_DEVICE_UNAVAILABLE: CUDA-capable device(s) is/are busy or unavailable',
  ],
  ['lost', 'CUDA_ERROR_ILLEGAL_ADDRESS: an illegal memory access was encountered'],
  ['lost', 'CUDA_ERROR_ECC_UNCORRECTABLE: uncorrectable ECC error encountered'],
  ['lost', 'GPU sync failed'],
  ['driver', 'CUDA driver version is insufficient for CUDA runtime version'],
  [
    'fabric',
    'failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: CUDA_ERROR_SYSTEM_NOT_READY',
  ],
  [
    'absent',
    'failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected',
  ],
  ['absent', 'failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: UNKNOWN ERROR (303)'],
  [
    'libraries',
    'Cannot dlopen some GPU libraries. Please make sure the missing libraries mentioned above are installed',
  ],
];

describe('explain', () => {
  for (const [kind, message] of MESSAGES) {
    it(`takes "${message.split('\n').at(-1)?.slice(0, 60)}…" for ${kind}`, () => {
      assert.equal(explain(message)?.kind, kind);
    });
  }

  it('leaves errors of the program alone', () => {
    assert.equal(explain('Matrix size-incompatible: In[0]: [2,3], In[1]: [2,3]'), undefined);
    assert.equal(
      explain('Input to reshape is a tensor with 6 values, but the requested shape has 4'),
      undefined,
    );
  });

  it('finds the reason in a log, behind the notices', () => {
    const found = explainLog([
      'I0000 00:00:1 1 bfc_allocator.cc:1] out of memory is only mentioned here',
      'E0000 00:00:1 1 cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: UNKNOWN ERROR (303)',
    ]);
    assert.equal(found?.kind, 'absent');
    assert.match(found.line, /^E0000/);
    assert.equal(explainLog(['I0000 nothing']), undefined);
  });
});

describe('translated', () => {
  it('says where, what and what to do, in both languages, and keeps the cause', () => {
    const cause = new Error(MESSAGES[0]?.[1]);
    const error = translated(cause, GPU);
    assert.ok(error instanceof DeviceError);
    assert.deepEqual([error.name, error.kind, error.cause], ['DeviceError', 'memory', cause]);
    assert.deepEqual(error.message.split('\n'), [
      'Cannot compute on GPU 1 (NVIDIA H200): out of memory; use a smaller batchSize or model, free tensors (tf.tidy, dispose), or restart the kernel',
      '无法在 GPU 1（NVIDIA H200）上计算：内存不足。减小 batchSize 或模型；释放不用的张量（tf.tidy、dispose）；重启内核。',
      'TensorFlow: OOM when allocating tensor with shape[65536,65536] and type float on /job:localhost/replica:0/task:0/device:GPU:0 by allocator GPU_0_bfc',
    ]);
    assert.equal(translated(error, GPU), error);
  });

  it('names the CPU where the host’s memory ran out', () => {
    const error = translated(
      new Error('OOM when allocating tensor on device:CPU:0 by allocator mklcpu'),
      GPU,
    );
    assert.match((error as Error).message, /^Cannot compute on the CPU: out of memory/);
  });

  it('hands every other error on', () => {
    const other = new TypeError('Cannot read properties of undefined');
    assert.equal(translated(other, GPU), other);
  });
});

describe('a binding with translated errors', () => {
  const binding = {
    TF_FLOAT: 1,
    add: (a: number, b: number) => a + b,
    run: () => {
      throw new Error('Session fail to run with error: CUDA_ERROR_LAUNCH_FAILED: unspecified launch failure');
    },
  };

  it('computes and keeps its constants as before, and explains what fails', () => {
    const guarded = withTranslatedErrors(binding, GPU);
    assert.deepEqual([guarded.TF_FLOAT, guarded.add(1, 2)], [1, 3]);
    assert.throws(() => guarded.run(), { name: 'DeviceError', kind: 'lost', message: /GPU 1.*重启内核/s });
  });

  it('is what the engine computes with', function () {
    if (tf.device.kind === 'js') this.skip();
    this.timeout(60_000); // TensorFlow waits ten seconds for memory to be freed
    const tooMuch = () => tf.fill([2_000_000, 2_000, 2_000], 1).dataSync(); // 32 TB
    assert.throws(tooMuch, { name: 'DeviceError', kind: 'memory', message: /OOM when allocating tensor/ });
    assert.deepEqual(tf.add([1], [2]).arraySync(), [3]); // and goes on computing
  });
});
