/** The device TensorFlow computes on, by what the driver, the installed library and TensorFlow itself say. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { basename } from 'node:path';

import type { Text } from '../../../bin/bootstrap/language';
import { parseDevice, visibleDevices } from '../../engine/backend/device';
import { explainLog } from '../../engine/backend/failures';
import { libraryDir } from '../../engine/backend/installed';
import { libraryFor, type Variant } from '../../engine/backend/wheels';
import type { Gpu, Nvidia } from '../../setup/nvidia';
import type { FailedProbe, Probe } from '../../setup/probe';
import { type Check, fault, ok, warning } from './finding';

/** What the check of the device is called. */
export const DEVICE = { zh: '设备', en: 'Device' };

/** Less free memory than this, in MB, and even a small network may not fit: another program holds the card. */
const LEAST_FREE_MB = 1024;

/** The vector instructions that matter here, where the system tells. */
function cpuFeatures(): string {
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' ') ?? [];
    const wanted = ['avx', 'avx2', 'fma', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_bf16'];
    return wanted.filter((name) => flags.includes(name)).join(' ');
  } catch {
    return '';
  }
}

function cpuText(): Text {
  const model = cpus()[0]?.model.trim() ?? process.arch;
  const features = cpuFeatures();
  const count = availableParallelism();
  return {
    zh: `CPU：${model}，${count} 核${features && `，${features}`}`,
    en: `CPU: ${model}, ${count} cores${features && `, ${features}`}`,
  };
}

const WHEELS: Readonly<Record<string, string>> = {
  'libcudart.so': 'cuda-runtime',
  'libcublas.so': 'cublas',
  'libcudnn.so': 'cudnn',
};

/** What TensorFlow loaded: `cudnn 9.28.0.42` from our wheels, `libcudnn.so.9 (/usr/lib/…)` from elsewhere. */
function cudaText(libraries: readonly string[]): string {
  const found = libraries.flatMap((path) => {
    const name = basename(path).replace(/\.so.*$/, '.so');
    const wheel = WHEELS[name];
    if (wheel === undefined) return [];
    const pinned = libraryFor('gpu')?.wheels.find((one) => one.name === `nvidia-${wheel}-cu12`);
    const ours = path.startsWith(libraryDir('gpu')) && pinned;
    return [ours ? `${wheel} ${pinned.version}` : `${basename(path)} (${path})`];
  });
  return found.join(', ');
}

/** cuDNN's version as its log line gives it, `91002` for 9.10.2; proof that a convolution went to the card. */
function cudnnInUse({ log, libraries }: Probe): string | undefined {
  const number = /Loaded cuDNN version (\d+)/.exec(log.join('\n'))?.[1];
  if (number !== undefined) {
    const n = Number(number);
    return `${Math.floor(n / 10_000)}.${Math.floor(n / 100) % 100}.${n % 100}`;
  }
  return libraries.some((path) => basename(path).startsWith('libcudnn.so')) ? '?' : undefined;
}

const cardText = (gpu: Gpu, index: number): string =>
  `GPU ${index} ${gpu.name} (driver ${gpu.driver}, compute capability ${gpu.computeCapability ?? '?'}, ` +
  `${gpu.freeMb} / ${gpu.totalMb} MB free)`;

/** The card that would compute; a string says why there is none. */
function chosenCard(gpus: readonly Gpu[]): Gpu | undefined | string {
  try {
    const request = parseDevice(process.env.TSDL_DEVICE);
    return gpus[Number(visibleDevices(request, process.env.CUDA_VISIBLE_DEVICES, gpus.length))];
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** No driver: fine, unless TSDL_DEVICE asks for a card. */
function withoutDriver(variant: Variant): Check {
  if (process.env.TSDL_DEVICE?.startsWith('gpu')) {
    const value = { zh: 'TSDL_DEVICE=gpu，但没有 NVIDIA 驱动', en: 'TSDL_DEVICE=gpu, but no NVIDIA driver' };
    return fault('device', DEVICE, value, 'unset TSDL_DEVICE');
  }
  const cpu = cpuText();
  if (variant === 'cpu') return ok('device', DEVICE, cpu);
  return ok('device', DEVICE, {
    zh: `${cpu.zh}（装的是 GPU 版，能加载；没有 NVIDIA 驱动，用 CPU 计算）`,
    en: `${cpu.en} (the GPU library loads; without an NVIDIA driver the CPU computes)`,
  });
}

/** A card that TensorFlow uses: whether the convolution really went there, and what room is left. */
function inUse(cards: string, chosen: Gpu | undefined, result: Probe): Check {
  const cudnn = cudnnInUse(result);
  const cuda = cudaText(result.libraries);
  if (cudnn === undefined) {
    const value = {
      zh: `${cards}；TensorFlow 看到显卡，但卷积没有用 cuDNN 计算`,
      en: `${cards}; TensorFlow sees the card, but no convolution reached cuDNN`,
    };
    return fault('device', DEVICE, value, 'npm run setup -- --gpu --verify');
  }
  const value = {
    zh: `${cards}；${cuda}；卷积在 GPU 上算出（cuDNN ${cudnn}）`,
    en: `${cards}; ${cuda}; a convolution ran on the GPU (cuDNN ${cudnn})`,
  };
  if ((chosen?.freeMb ?? Infinity) >= LEAST_FREE_MB) return ok('device', DEVICE, value);
  const full = {
    zh: `${value.zh}；显存只剩 ${chosen?.freeMb} MB，别的程序占着`,
    en: `${value.en}; only ${chosen?.freeMb} MB are free, another program holds the rest`,
  };
  return warning('device', DEVICE, full, 'nvidia-smi');
}

/** What computes, and why not a GPU where there is one. */
export function checkDevice(
  nvidia: Nvidia,
  variant: Variant,
  result: Probe | FailedProbe | undefined,
): Check {
  if (nvidia.state === 'none') return withoutDriver(variant);
  if (nvidia.state === 'unusable') {
    const value = { zh: `${nvidia.why}；现用 ${cpuText().zh}`, en: `${nvidia.why}; using ${cpuText().en}` };
    return warning('device', DEVICE, value, nvidia.mend);
  }
  const cards = nvidia.gpus.map(cardText).join('; ');
  const chosen = chosenCard(nvidia.gpus);
  if (typeof chosen === 'string') {
    return fault(
      'device',
      DEVICE,
      { zh: `${cards}；${chosen}`, en: `${cards}; ${chosen}` },
      'unset TSDL_DEVICE',
    );
  }
  if (variant === 'cpu') {
    const value = { zh: `${cards}；但装的是 CPU 版`, en: `${cards}; but the CPU library is installed` };
    return warning('device', DEVICE, value, 'npm run setup -- --gpu');
  }
  if (result?.ok && result.gpu) return inUse(cards, chosen, result);
  const found = explainLog(result?.log ?? []);
  const value = {
    zh: `${cards}；TensorFlow 没有用上：${found ? `${found.what.zh}（${found.line}）` : '原因不明'}`,
    en: `${cards}; TensorFlow does not use it: ${found ? `${found.what.en} (${found.line})` : 'for no known reason'}`,
  };
  return fault('device', DEVICE, value, 'npm run setup -- --gpu --verify');
}
