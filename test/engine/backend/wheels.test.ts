import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Progress } from '../../../bin/bootstrap/progress';
import { isWanted, libraryFor, supportedPlatforms, type Wheel } from '../../../src/engine/backend/wheels';
import { fetchWheels } from '../../../src/setup/fetch';
import { requireLibrary } from '../../../src/setup/library';
import { unpackWheel } from '../../../src/setup/unpack';
import { zip } from '../../support/zip';

const silent: Progress = { update: () => {}, end: () => {}, fail: () => {} };

describe('the table of wheels', () => {
  it('pins every wheel by a sha256 and a size', () => {
    for (const platform of supportedPlatforms()) {
      for (const variant of ['cpu', 'gpu'] as const) {
        for (const wheel of libraryFor(variant, platform)?.wheels ?? []) {
          assert.match(wheel.sha256, /^[0-9a-f]{64}$/, wheel.name);
          assert.ok(wheel.bytes > 1e6, wheel.name);
        }
      }
    }
  });

  it('has the CPU library for three platforms and the GPU one for Linux x64, CUDA in 12 wheels', () => {
    assert.deepEqual(supportedPlatforms(), ['linux-x64', 'linux-arm64', 'darwin-arm64']);
    assert.equal(libraryFor('gpu', 'linux-x64')?.wheels.length, 13);
    assert.equal(libraryFor('gpu', 'linux-arm64'), undefined);
    assert.deepEqual(libraryFor('cpu', 'darwin-arm64')?.files, [
      'libtensorflow_cc.2.dylib',
      'libtensorflow_framework.2.dylib',
    ]);
  });

  it('sends Windows to WSL2 and says which platforms there are', () => {
    assert.throws(() => requireLibrary('cpu', 'win32-x64'), /不支持直接在 Windows/);
    assert.throws(() => requireLibrary('cpu', 'freebsd-x64'), /linux-x64、linux-arm64、darwin-arm64/);
    assert.throws(() => requireLibrary('gpu', 'linux-arm64'), { mend: 'npm run setup -- --cpu' });
    assert.throws(() => requireLibrary('cpu', 'linux-x64-musl'), /没有 linux-x64-musl 平台的安装包/);
  });

  it('takes libraries, C headers and licences out of a wheel, in the wheel’s own layout', () => {
    const wanted = [
      'tensorflow/libtensorflow_cc.so.2',
      'tensorflow/libtensorflow_framework.2.dylib',
      'tensorflow/include/tensorflow/c/eager/c_api.h',
      'tensorflow/include/xla/tsl/c/tsl_status.h',
      'tensorflow/include/tsl/platform/ctstring_internal.h',
      'nvidia/cudnn/lib/libcudnn.so.9',
      'nvidia/cuda_nvcc/bin/ptxas',
      'nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc',
    ];
    const others = [
      'tensorflow/python/_pywrap_tensorflow_internal.so',
      'tensorflow/include/tensorflow/core/framework/op.h',
      'nvidia/cublas/include/cublas.h',
      'nvidia/cuda_runtime/lib/libcudart_static.a',
    ];
    assert.deepEqual([...wanted, ...others].filter(isWanted), wanted);
  });
});

describe('unpackWheel', () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'tsdl-wheel-'))));
  afterEach(() => rmSync(dir, { recursive: true }));

  it('unpacks what is wanted, with its hash, and leaves the rest', async () => {
    const wheel = join(dir, 'a.whl');
    writeFileSync(wheel, zip({ 'tensorflow/a.so': 'library', 'tensorflow/b.py': 'python' }));
    let bytes = 0;
    const files = await unpackWheel(
      wheel,
      join(dir, 'out'),
      (name) => name.endsWith('.so'),
      (n) => (bytes += n),
    );
    assert.deepEqual(
      files.map(({ path, bytes: size, sha256 }) => [path, size, sha256]),
      [['tensorflow/a.so', 7, createHash('sha256').update('library').digest('hex')]],
    );
    assert.equal(bytes, 7);
    assert.deepEqual(readdirSync(join(dir, 'out/tensorflow')), ['a.so']);
  });

  it('rejects a truncated archive and one that reaches out of its folder', async () => {
    const whole = zip({ 'tensorflow/a.so': 'library' });
    writeFileSync(join(dir, 'cut.whl'), whole.subarray(0, whole.length - 30));
    await assert.rejects(unpackWheel(join(dir, 'cut.whl'), join(dir, 'out'), () => true));
    writeFileSync(join(dir, 'evil.whl'), zip({ '../evil': 'x' }));
    await assert.rejects(unpackWheel(join(dir, 'evil.whl'), join(dir, 'out'), () => true));
    assert.ok(!readdirSync(dir).includes('evil'));
  });
});

describe('fetchWheels', () => {
  let dir: string;
  let python: string;
  let wheel: Wheel;
  const content = zip({ 'tensorflow/a.so': 'library' });

  /** Stands in for Python's pip: copies a prepared wheel to --dest, or fails as pip does. */
  const PYTHON = `#!/bin/sh
echo run >> "$LOG"
if [ -n "$FAIL" ]; then echo "$FAIL" >&2; exit 1; fi
for argument; do case "$argument" in --dest=*) dest="\${argument#--dest=}";; esac; done
mkdir -p "$dest" && cp "$WHEEL" "$dest/sample-1.0-py3-none-any.whl"
`;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tsdl-fetch-'));
    python = join(dir, 'python');
    writeFileSync(python, PYTHON);
    chmodSync(python, 0o755);
    writeFileSync(join(dir, 'sample.whl'), content);
    Object.assign(process.env, { LOG: join(dir, 'log'), WHEEL: join(dir, 'sample.whl') });
    const sha256 = createHash('sha256').update(content).digest('hex');
    wheel = { name: 'sample', version: '1.0', tags: ['any'], bytes: content.length, sha256 };
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
    for (const name of ['LOG', 'WHEEL', 'FAIL', 'TSDL_OFFLINE']) delete process.env[name];
  });

  const fetched: string[] = [];
  const fetch = (wheels = [wheel]) => {
    fetched.length = 0;
    return fetchWheels(python, wheels, join(dir, 'store'), silent, (path) => {
      fetched.push(path);
      return Promise.resolve();
    });
  };
  const runs = () => readFileSync(join(dir, 'log'), 'utf8').length / 'run\n'.length;

  it('hands over a wheel of the right hash, and after an interruption does not fetch it again', async () => {
    await fetch();
    assert.equal(statSync(fetched[0]!).size, content.length);
    await fetch();
    assert.equal(runs(), 1);
  });

  it('fetches again a stored wheel that was damaged', async () => {
    await fetch();
    writeFileSync(fetched[0]!, 'half');
    await fetch();
    assert.equal(runs(), 2);
    assert.equal(statSync(fetched[0]!).size, content.length);
  });

  it('refuses a wheel of another hash', async () => {
    await assert.rejects(fetch([{ ...wheel, sha256: '0'.repeat(64) }]), {
      name: 'Fault',
      message: /^sample 1\.0 下载后校验不符/,
    });
    assert.deepEqual(fetched, []);
  });

  it('says what failed: network, disk, or a package that is not there', async () => {
    const message = async (output: string): Promise<string> => {
      process.env.FAIL = output;
      return fetch().then(
        () => 'no error',
        (error: Error) => error.message,
      );
    };
    assert.match(await message('NewConnectionError: Failed to establish'), /连不上软件源/);
    assert.match(await message('OSError: [Errno 28] No space left on device'), /磁盘已满/);
    assert.match(await message('ERROR: No matching distribution found'), /软件源里没有它/);
  });

  it('does not touch the network with TSDL_OFFLINE=1', async () => {
    process.env.TSDL_OFFLINE = '1';
    await assert.rejects(fetch(), /需要下载 sample 1\.0，但设置了 TSDL_OFFLINE=1/);
    assert.ok(!readdirSync(dir).includes('log'));
  });
});
