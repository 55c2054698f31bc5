/**
 * Chooses and loads the backend: native TensorFlow on the GPU, native TensorFlow on the CPU, plain JavaScript, in
 * this order or as TSDL_DEVICE says. What was given up on the way, and why, is part of the result.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';

import {
  cpuName,
  type Device,
  gpuNames,
  missingInstructions,
  nvidiaPresent,
  parseDevice,
  type Request,
  visibleDevices,
} from './device';
import { bindingFile, checkBinding, checkLibrary, libraryDir, quietFile } from './installed';
import { withoutLogLines } from './quiet';
import { installShims } from './shims';
import type { Verdict } from './stamp';
import { type Text, text } from './text';
import { TENSORFLOW, type Variant } from './wheels';

const load = createRequire(__filename);

/** The parts of tfjs used here, before src/engine/tf.ts exports the whole. */
interface Tfjs {
  setBackend(name: string): Promise<boolean>;
  backend(): { isUsingGpuDevice?: boolean; firstUse?: boolean };
}

const order = (request: Request): Variant[] => {
  if (request.kind === 'gpu') return ['gpu'];
  return request.kind === 'auto' && nvidiaPresent() ? ['gpu', 'cpu'] : ['cpu', 'gpu'];
};

/** TensorFlow reads these when its libraries are loaded; what the reader has set stays. */
function prepareEnvironment(request: Request, variant: Variant): void {
  const env = process.env;
  env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  if (variant === 'cpu') return;
  const visible = visibleDevices(request, env.CUDA_VISIBLE_DEVICES);
  if (visible !== undefined) env.CUDA_VISIBLE_DEVICES = visible;
  env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true'; // else TensorFlow takes the whole card at once
  env.XLA_FLAGS ??= `--xla_gpu_cuda_data_dir=${join(libraryDir(variant), 'nvidia/cuda_nvcc')}`;
  if (env.TSDL_DETERMINISTIC === '1') env.TF_DETERMINISTIC_OPS ??= '1';
}

/** Why a part cannot be used; undefined if it can. */
function fault(part: Text, verdict: Verdict): Text | undefined {
  if (verdict.state === 'ok') return undefined;
  if (verdict.state === 'corrupt') {
    const { file, detail } = verdict;
    return text(`${part.zh}已损坏（${file}：${detail.zh}）`, `${part.en} is damaged (${file}: ${detail.en})`);
  }
  const missing = verdict.state === 'missing';
  return text(
    `${part.zh}${missing ? '没有安装' : '是旧版本'}`,
    `${part.en} is ${missing ? 'not installed' : 'outdated'}`,
  );
}

function installedFault(variant: Variant): Text | undefined {
  const [zh, en] = variant === 'gpu' ? ['GPU 版 ', 'GPU '] : ['', ''];
  return (
    fault(text(`${zh}TensorFlow 库`, `the ${en}TensorFlow library`), checkLibrary(variant)) ??
    fault(text(`${zh}原生绑定`, `the ${en}native binding`), checkBinding(variant))
  );
}

/** Loads one variant; gives the device, or the reason why it cannot be used. */
function tryNative(request: Request, variant: Variant): Device | Text {
  const reason = installedFault(variant);
  if (reason) return reason;
  prepareEnvironment(request, variant);
  const binding = bindingFile(variant);
  try {
    withoutLogLines(quietFile(variant), () => load(binding) as unknown);
    installShims(binding);
    load('@tensorflow/tfjs-node-gpu');
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return text(`原生绑定加载失败：${message}`, `the native binding does not load: ${message}`);
  }
  const { isUsingGpuDevice } = (load('@tensorflow/tfjs') as Tfjs).backend();
  if (!isUsingGpuDevice) return { kind: 'cpu', name: cpuName(), tensorflow: TENSORFLOW };
  const index = request.kind === 'gpu' ? (request.index ?? 0) : 0;
  return { kind: 'gpu', name: gpuNames()[index] ?? 'NVIDIA GPU', index, tensorflow: TENSORFLOW };
}

function plainJs(reason: string): Device {
  const tfjs = load('@tensorflow/tfjs') as Tfjs;
  void tfjs.setBackend('cpu'); // completes at once for this backend
  tfjs.backend().firstUse = false; // keeps tfjs from recommending a package that is already here
  return { kind: 'js', name: 'JavaScript', reason };
}

const noGpu = (why: string): Error =>
  new Error(
    `Cannot use the GPU: ${why} (TSDL_DEVICE=gpu). Run npm run doctor, or leave TSDL_DEVICE unset for the CPU`,
  );

/** A remark where a GPU was to be expected and the CPU computes: by the driver, or by what is installed. */
function idleGpu(variant: Variant, why = 'TensorFlow 没有找到可用的 GPU'): string | undefined {
  if (nvidiaPresent()) return `有 NVIDIA 显卡但没有用上（${why}），npm run doctor 说明如何修复`;
  return variant === 'gpu' ? '装的是 GPU 版，但这台机器没有 NVIDIA 驱动' : undefined;
}

/** The native device, with a remark where a GPU was expected and is not in use; or the reasons why there is none. */
function native(request: Request): Device | readonly Text[] {
  const reasons: Text[] = [];
  for (const variant of order(request)) {
    const result = tryNative(request, variant);
    if (!('kind' in result)) {
      const expected = variant === 'cpu' || request.kind === 'gpu' || nvidiaPresent();
      if (expected) reasons.push(result);
      continue;
    }
    if (result.kind === 'cpu' && request.kind === 'gpu') throw noGpu('TensorFlow finds no usable GPU');
    if (result.kind === 'gpu' || request.kind === 'cpu') return result;
    return { ...result, reason: idleGpu(variant, reasons[0]?.zh) };
  }
  return reasons;
}

/** Registers the backend and gives its device. Throws where TSDL_DEVICE asks for what there is not. */
export function loadRuntime(): Device {
  const request = parseDevice(process.env.TSDL_DEVICE);
  if (request.kind === 'js') return plainJs('由 TSDL_DEVICE=js 指定');
  const missing = missingInstructions();
  const found = missing
    ? [text(`处理器没有 ${missing} 指令`, `the processor lacks ${missing}`)]
    : native(request);
  if ('kind' in found) return found;
  const why = found.map((reason) => reason.en).join('; ');
  if (request.kind === 'gpu') throw noGpu(why);
  if (request.kind === 'cpu') {
    throw new Error(`Cannot use the CPU natively: ${why} (TSDL_DEVICE=cpu). Run npm run setup`);
  }
  return plainJs(found.map((reason) => reason.zh).join('；'));
}
