/** The native library, the binding, and the device TensorFlow computes on. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';

import { size } from '../../../bin/bootstrap/progress';
import { missingInstructions } from '../../engine/runtime/device';
import { bindingDir, bindingFile, bindingKey, libraryDir, libraryKey } from '../../engine/runtime/installed';
import { type FailedProbe, type Probe, probe } from '../../engine/runtime/probe';
import { checkThoroughly, type Verdict } from '../../engine/runtime/stamp';
import { type Text, text } from '../../engine/runtime/text';
import { libraryFor, platformKey, TENSORFLOW, type Variant } from '../../engine/runtime/wheels';
import { type Nvidia, queryNvidia } from '../setup/nvidia';
import { type Check, fault, ok, warning } from './check';

const LIBRARY = text('TensorFlow 库', 'TensorFlow library');
const BINDING = text('Node 绑定', 'Node binding');
const DEVICE = text('设备', 'Device');

const flag = (variant: Variant): string => (variant === 'gpu' ? ' --gpu' : '');

/** The command for a bad verdict; damage that sizes and dates do not show needs the thorough setup. */
const mend = (variant: Variant, { state }: Verdict): string =>
  state === 'corrupt' ? `npm run setup -- --verify${flag(variant)}` : 'npm run setup';

function complaint(verdict: Verdict): Text {
  if (verdict.state === 'corrupt') {
    const { file, detail } = verdict;
    return text(`${file} 已损坏：${detail.zh}`, `${file} is damaged: ${detail.en}`);
  }
  return verdict.state === 'missing' ? text('没有安装', 'not installed') : text('是旧版本', 'outdated');
}

async function checkLibrary(variant: Variant): Promise<Check> {
  const dir = libraryDir(variant);
  const verdict = await checkThoroughly(dir, libraryKey(variant));
  if (verdict.state !== 'ok') return fault('tensorflow', LIBRARY, complaint(verdict), mend(variant, verdict));
  const bytes = size(Number(verdict.stamp.info.bytes));
  const [zh, en] = variant === 'gpu' ? ['GPU 版', 'GPU'] : ['CPU 版', 'CPU'];
  return ok(
    'tensorflow',
    LIBRARY,
    text(
      `${TENSORFLOW} ${zh}，${bytes}，sha256 一致，${dir}`,
      `${TENSORFLOW} (${en}), ${bytes}, sha256 right, ${dir}`,
    ),
  );
}

async function checkBinding(variant: Variant): Promise<{ check: Check; probe?: Probe | FailedProbe }> {
  const verdict = await checkThoroughly(bindingDir(variant), bindingKey(variant));
  if (verdict.state !== 'ok') {
    return { check: fault('binding', BINDING, complaint(verdict), mend(variant, verdict)) };
  }
  const result = await probe(bindingFile(variant), { convolution: true });
  if (!result.ok) {
    const value = text(`加载或计算失败：${result.error}`, `it does not load or compute: ${result.error}`);
    return { check: fault('binding', BINDING, value, 'npm run setup -- --verify'), probe: result };
  }
  if (result.convolution === false) {
    const value = text('卷积结果不对', 'a convolution gives wrong numbers');
    return { check: fault('binding', BINDING, value, 'npm run setup -- --verify'), probe: result };
  }
  const compiler = String(verdict.stamp.info.compiler);
  const value = text(
    `可用，TensorFlow ${result.version}；${compiler}`,
    `works, TensorFlow ${result.version}; ${compiler}`,
  );
  return { check: ok('binding', BINDING, value), probe: result };
}

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
  return text(
    `CPU：${model}，${count} 核${features && `，${features}`}`,
    `CPU: ${model}, ${count} cores${features && `, ${features}`}`,
  );
}

/** The wheels' own versions of what TensorFlow loads for the GPU. */
function cudaText(): string {
  const wheels = libraryFor('gpu')?.wheels ?? [];
  return ['cuda-runtime', 'cudnn', 'cublas']
    .map((name) => `${name} ${wheels.find((wheel) => wheel.name === `nvidia-${name}-cu12`)?.version ?? '?'}`)
    .join(', ');
}

/** What TensorFlow's log says about a GPU it does not use. */
const gpuReason = (log: readonly string[]): string =>
  log.find((line) => /cuInit|CUDA_ERROR|Cannot dlopen|Could not find cuda|no CUDA-capable/i.test(line)) ?? '';

/** The device by what the driver, the installed variant and TensorFlow itself say. */
export function checkDevice(
  nvidia: Nvidia,
  variant: Variant,
  result: Probe | FailedProbe | undefined,
): Check {
  if (nvidia.state === 'none') {
    return process.env.TSDL_DEVICE?.startsWith('gpu')
      ? fault(
          'device',
          DEVICE,
          text('TSDL_DEVICE=gpu，但没有 NVIDIA 驱动', 'TSDL_DEVICE=gpu, but no NVIDIA driver'),
          'unset TSDL_DEVICE',
        )
      : ok('device', DEVICE, cpuText());
  }
  if (nvidia.state === 'unusable') {
    const value = text(`${nvidia.why}；现用 ${cpuText().zh}`, `${nvidia.why}; using ${cpuText().en}`);
    return warning('device', DEVICE, value, nvidia.mend);
  }
  const cards = nvidia.gpus
    .map((gpu) => {
      const capability = gpu.computeCapability ?? '?';
      return `${gpu.name} (driver ${gpu.driver}, compute capability ${capability}, ${gpu.freeMb} / ${gpu.totalMb} MB free)`;
    })
    .join('; ');
  if (variant === 'cpu') {
    const value = text(`${cards}；但装的是 CPU 版`, `${cards}; but the CPU library is installed`);
    return warning('device', DEVICE, value, 'npm run setup -- --gpu');
  }
  if (result?.ok && result.gpu) {
    const value = text(
      `GPU：${cards}；${cudaText()}；卷积在 GPU 上算出`,
      `GPU: ${cards}; ${cudaText()}; a convolution ran on it`,
    );
    return ok('device', DEVICE, value);
  }
  const why = gpuReason(result?.log ?? []);
  const value = text(`${cards}；TensorFlow 没有用上 ${why}`, `${cards}; TensorFlow does not use it ${why}`);
  return fault('device', DEVICE, value, 'npm run setup -- --gpu --verify');
}

/** The variant to look at: the one that is installed, the GPU's first. */
async function installedVariant(): Promise<Variant> {
  const gpu = libraryFor('gpu') && (await checkThoroughly(libraryDir('gpu'), libraryKey('gpu')));
  return gpu && gpu.state !== 'missing' ? 'gpu' : 'cpu';
}

/** Library, binding and device, in this order: each needs the one before. */
export async function checkNative(): Promise<Check[]> {
  if (!libraryFor('cpu')) {
    const value = text(`没有 ${platformKey()} 的安装包`, `no wheel for ${platformKey()}`);
    const windows = process.platform === 'win32';
    return [fault('tensorflow', LIBRARY, value, windows ? 'wsl --install' : 'export TSDL_DEVICE=js')];
  }
  const missing = missingInstructions();
  if (missing) {
    const value = text(`处理器没有 ${missing} 指令`, `the processor lacks ${missing}`);
    return [fault('device', DEVICE, value, 'export TSDL_DEVICE=js')];
  }
  const variant = await installedVariant();
  const library = await checkLibrary(variant);
  const binding =
    library.state === 'ok'
      ? await checkBinding(variant)
      : {
          check: fault(
            'binding',
            BINDING,
            text('先修复 TensorFlow 库', 'mend the library first'),
            library.mend,
          ),
        };
  return [library, binding.check, checkDevice(await queryNvidia(), variant, binding.probe)];
}
