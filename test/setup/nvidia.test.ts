import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { checkDevice } from '../../src/cli/doctor/device';
import { libraryDir } from '../../src/engine/backend/installed';
import { chooseVariant } from '../../src/setup';
import { runStep } from '../../src/setup/frame';
import { libraryStep, requireLibrary } from '../../src/setup/library';
import { compareVersions, queryNvidia } from '../../src/setup/nvidia';
import type { Probe } from '../../src/setup/probe';

const works = (gpu: boolean, log: string[] = [], libraries: string[] = []): Probe => {
  return { ok: true, version: '2.21.0', gpu, log, libraries };
};
const CUDNN_LINE = 'I0000 00:00:1 1 cuda_dnn.cc:461] Loaded cuDNN version 92800';
/** A library of the wheel, as the system lists it. */
const loaded = (path: string): string => join(libraryDir('gpu'), 'nvidia', path);

/** Runs `body` with TSDL_DEVICE set, or unset. */
function withDevice(device: string | undefined, body: () => void): void {
  const before = process.env.TSDL_DEVICE;
  const set = (value: string | undefined): void => {
    if (value === undefined) delete process.env.TSDL_DEVICE;
    else process.env.TSDL_DEVICE = value;
  };
  set(device);
  try {
    body();
  } finally {
    set(before);
  }
}

/** The driver of these tests is a script named nvidia-smi, first on the PATH. */
describe('a simulated NVIDIA driver', () => {
  const { PATH } = process.env;
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tsdl-nvidia-'));
    process.env.PATH = `${dir}${delimiter}${PATH}`;
  });
  afterEach(() => {
    process.env.PATH = PATH;
    rmSync(dir, { recursive: true });
  });

  const driver = (body: string) => {
    writeFileSync(join(dir, 'nvidia-smi'), `#!/bin/sh\n${body}\n`);
    chmodSync(join(dir, 'nvidia-smi'), 0o755);
  };
  const cards = (...lines: string[]) => driver(lines.map((line) => `echo '${line}'`).join('\n'));

  it('reads the cards of a machine that can be used', async () => {
    cards('NVIDIA H200, 550.54.15, 143771, 143000, 9.0', 'Tesla T4, 550.54.15, 15360, 15000, 7.5');
    assert.deepEqual(await queryNvidia(), {
      state: 'usable',
      gpus: [
        {
          name: 'NVIDIA H200',
          driver: '550.54.15',
          totalMb: 143771,
          freeMb: 143000,
          computeCapability: '9.0',
        },
        {
          name: 'Tesla T4',
          driver: '550.54.15',
          totalMb: 15360,
          freeMb: 15000,
          computeCapability: '7.5',
        },
      ],
    });
    assert.equal(await chooseVariant([]), 'gpu');
    assert.equal(await chooseVariant(['--cpu']), 'cpu');
  });

  it('asks a driver that knows no compute capability without it', async () => {
    driver(
      'case "$1" in *compute_cap*) echo "not a valid field" >&2; exit 2;; esac\necho "P100, 525.60.13, 1, 1"',
    );
    const nvidia = await queryNvidia();
    assert.equal(nvidia.state, 'usable');
    assert.equal(nvidia.gpus[0]?.computeCapability, undefined);
  });

  it('turns an old driver down before any download', async () => {
    cards('GeForce RTX 2080, 470.82.01, 8192, 8000, 7.5');
    const nvidia = await queryNvidia();
    assert.equal(nvidia.state, 'unusable');
    assert.match(nvidia.why, /驱动 470\.82\.01 太旧，CUDA 12 需要 525\.60\.13 以上/);
    assert.equal(await chooseVariant([]), 'cpu');
    await assert.rejects(chooseVariant(['--gpu']), { name: 'Fault', message: /470\.82\.01 太旧/ });
  });

  it('turns an old card down', async () => {
    cards('GeForce GTX 980, 535.104.05, 4096, 4000, 5.2');
    const nvidia = await queryNvidia();
    assert.equal(nvidia.state, 'unusable');
    assert.match(nvidia.why, /计算能力是 5\.2，TensorFlow 需要 6\.0 以上/);
  });

  it('reports a driver that does not answer, as after an update without a restart', async () => {
    driver('echo "Failed to initialize NVML: Driver/library version mismatch"; exit 18');
    const nvidia = await queryNvidia();
    assert.equal(nvidia.state, 'unusable');
    assert.match(nvidia.why, /Driver\/library version mismatch/);
  });

  it('shows the doctor the card, CUDA and the convolution, or why TensorFlow does not use it', async () => {
    cards('NVIDIA H200, 550.54.15, 143771, 143000, 9.0');
    const nvidia = await queryNvidia();
    const libraries = ['cuda_runtime/lib/libcudart.so.12', 'cudnn/lib/libcudnn.so.9'].map(loaded);
    const good = checkDevice(nvidia, 'gpu', works(true, [CUDNN_LINE], libraries));
    assert.equal(good.state, 'ok');
    assert.match(
      good.value.en,
      /H200 .*driver 550\.54\.15, compute capability 9\.0, 143000 \/ 143771 MB free/,
    );
    assert.match(good.value.en, /cuda-runtime 12\.9\.79, cudnn 9\.28\.0\.42; a convolution.*cuDNN 9\.28\.0/);
    const log = ['E0000 cuda_dnn.cc: x', 'E0000 failed call to cuInit: CUDA_ERROR_SYSTEM_NOT_READY'];
    const bad = checkDevice(nvidia, 'gpu', works(false, log));
    assert.equal(bad.state, 'fault');
    assert.match(bad.value.en, /fabric does not run .*CUDA_ERROR_SYSTEM_NOT_READY/);
    assert.equal(bad.mend, 'npm run setup -- --gpu --verify');
  });

  it('does not take a listed card for one that computes', async () => {
    cards('NVIDIA H200, 550.54.15, 143771, 143000, 9.0');
    const check = checkDevice(await queryNvidia(), 'gpu', works(true, [], [loaded('libcudart.so.12')]));
    assert.deepEqual([check.state, check.mend], ['fault', 'npm run setup -- --gpu --verify']);
    assert.match(check.value.zh, /卷积没有用 cuDNN 计算/);
  });

  it('warns of a card whose memory another program holds', async () => {
    cards('NVIDIA H200, 550.54.15, 143771, 300, 9.0');
    const check = checkDevice(await queryNvidia(), 'gpu', works(true, [CUDNN_LINE]));
    assert.deepEqual([check.state, check.mend], ['warning', 'nvidia-smi']);
    assert.match(check.value.zh, /显存只剩 300 MB/);
  });

  it('counts several cards as nvidia-smi does, and names the one that is not there', async () => {
    cards('NVIDIA H200, 550.54.15, 143771, 300, 9.0', 'Tesla T4, 550.54.15, 15360, 15000, 7.5');
    const nvidia = await queryNvidia();
    const check = () => checkDevice(nvidia, 'gpu', works(true, [CUDNN_LINE]));
    withDevice('gpu:1', () => {
      assert.equal(check().state, 'ok'); // the first card is full, the second is not
      assert.match(check().value.en, /GPU 0 NVIDIA H200 .*; GPU 1 Tesla T4 /);
    });
    withDevice('gpu:0', () => assert.equal(check().state, 'warning'));
    withDevice('gpu:2', () => {
      assert.equal(check().state, 'fault');
      assert.match(check().value.en, /this machine has 2 GPU\(s\), counted from gpu:0, got index 2/);
    });
  });

  it('names a full disk and a wrong processor before the download', async () => {
    const make = () => assert.fail('the download began');
    const step = { ...libraryStep('gpu', () => 'python3'), dir: join(dir, 'library'), lockDir: dir, make };
    await assert.rejects(runStep({ ...step, needs: 1e18 }), {
      name: 'Fault',
      message: /磁盘空间不足：安装 TensorFlow 库（GPU 版，含 CUDA）.*下载 3\.38 GB.*只剩/,
    });
    assert.throws(() => requireLibrary('gpu', 'linux-arm64'), {
      name: 'Fault',
      message: /GPU 版 TensorFlow 没有 linux-arm64 平台的安装包/,
      mend: 'npm run setup -- --cpu',
    });
  });

  it('tells the doctor of a card left idle by the CPU library, and of an unusable one', async () => {
    cards('NVIDIA H200, 550.54.15, 143771, 143000, 9.0');
    const idle = checkDevice(await queryNvidia(), 'cpu', works(false));
    assert.deepEqual([idle.state, idle.mend], ['warning', 'npm run setup -- --gpu']);
    cards('GeForce RTX 2080, 470.82.01, 8192, 8000, 7.5');
    const old = checkDevice(await queryNvidia(), 'cpu', works(false));
    assert.equal(old.state, 'warning');
    assert.match(old.value.zh, /太旧.*CPU：/);
  });
});

describe('without a driver', () => {
  it('the doctor shows the CPU, and a fault where TSDL_DEVICE asks for a GPU', () => {
    withDevice(undefined, () => {
      assert.equal(checkDevice({ state: 'none' }, 'cpu', works(false)).state, 'ok');
      const gpuLibrary = checkDevice({ state: 'none' }, 'gpu', works(false));
      assert.equal(gpuLibrary.state, 'ok');
      assert.match(gpuLibrary.value.zh, /装的是 GPU 版，能加载；没有 NVIDIA 驱动/);
    });
    withDevice('gpu:1', () => {
      assert.equal(checkDevice({ state: 'none' }, 'gpu', works(false)).state, 'fault');
    });
  });
});

describe('compareVersions', () => {
  it('compares part by part, as numbers', () => {
    assert.equal(compareVersions('525.60.13', '525.60.13'), 0);
    assert.equal(compareVersions('525.105', '525.60.13'), 1);
    assert.equal(compareVersions('470.82.01', '525.60.13'), -1);
    assert.equal(compareVersions('550', '550.0.1'), -1);
  });
});
