/**
 * Chooses and loads the backend: native TensorFlow on the GPU, native TensorFlow on the CPU, plain JavaScript, in
 * this order or as TSDL_DEVICE says. What was given up on the way, and why, is part of the result.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { plain, say, type Text } from '../../../bin/bootstrap/language';
import {
  cardName,
  cpuName,
  type Device,
  gpuNames,
  missingInstructions,
  nvidiaPresent,
  parseDevice,
  type Request,
} from './device';
import { environmentFor, withEnvironment } from './environment';
import { explainLog, withTranslatedErrors } from './failures';
import { addonFile, bindingFile, checkBinding, checkLibrary, OPERATIONS } from './installed';
import { watchLifetimes } from './lifetimes';
import { joinCluster, size } from './membership';
import type { NativeBackend } from './native';
import { told } from './paths';
import { withoutLogLines } from './quiet';
import { loadShapes } from './shapes';
import { installShims } from './shims';
import type { Condition } from './stamp';
import { TENSORFLOW, type Variant } from './wheels';

const load = createRequire(__filename);

/** The parts of tfjs used here, before src/engine/tf.ts exports the whole. */
interface Tfjs {
  setBackend(name: string): Promise<boolean>;
  backend(): { isUsingGpuDevice?: boolean; firstUse?: boolean; binding: object };
}

const order = (request: Request): Variant[] => {
  if (request.kind === 'gpu') return ['gpu'];
  return request.kind === 'auto' && nvidiaPresent() ? ['gpu', 'cpu'] : ['cpu', 'gpu'];
};

/** Why a part cannot be used; undefined if it can. */
function fault(part: Text, condition: Condition): Text | undefined {
  if (condition.state === 'ok') return undefined;
  if (condition.state === 'corrupt') {
    const { file, detail } = condition;
    return {
      zh: `${part.zh}已损坏（${file}：${detail.zh}）`,
      en: `${part.en} is damaged (${file}: ${detail.en})`,
    };
  }
  const missing = condition.state === 'missing';
  return {
    zh: `${part.zh}${missing ? '没有安装' : '是旧版本'}`,
    en: `${part.en} is ${missing ? 'not installed' : 'outdated'}`,
  };
}

function installedFault(variant: Variant): Text | undefined {
  const which: Text = variant === 'gpu' ? { zh: 'GPU 版 ', en: 'GPU ' } : plain('');
  return (
    fault(
      { zh: `${which.zh}TensorFlow 库`, en: `the ${which.en}TensorFlow library` },
      checkLibrary(variant),
    ) ?? fault({ zh: `${which.zh}原生绑定`, en: `the ${which.en}native binding` }, checkBinding(variant))
  );
}

/** Loads one variant; gives the device, or the reason why it cannot be used. */
function tryNative(request: Request, variant: Variant): Device | Text {
  const reason = installedFault(variant);
  if (reason) return reason;
  const binding = bindingFile(variant);
  const environment = environmentFor(request, variant, process.env);
  const quietly = <T>(work: () => T): T => withoutLogLines(addonFile('quiet', variant), work).value;
  withEnvironment(environment, () =>
    joinCluster((addon, open) => quietly(() => open(addonFile(addon, variant)))),
  );
  try {
    withEnvironment(environment, () => quietly(() => load(binding) as unknown));
    installShims(binding);
    load('@tensorflow/tfjs-node-gpu');
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { zh: `原生绑定加载失败：${message}`, en: `the native binding does not load: ${message}` };
  }
  const backend = (load('@tensorflow/tfjs') as Tfjs).backend();
  const device = deviceOf(request, backend.isUsingGpuDevice ?? false, environment);
  loadShapes(addonFile('shapes', variant));
  if (device.kind === 'cpu') loadOperations(OPERATIONS.map((addon) => addonFile(addon, variant)));
  backend.binding = withTranslatedErrors(backend.binding, device);
  watchLifetimes(backend as unknown as NativeBackend, addonFile('lifetimes', variant));
  return device;
}

let operations = false;

/** Whether TensorFlow has our operations: on a CPU. */
export const hasOwnOperations = (): boolean => operations;

function loadOperations(addons: readonly string[]): void {
  for (const addon of addons) load(addon);
  operations = true;
}

function deviceOf(request: Request, gpu: boolean, environment: Readonly<Record<string, string>>): Device {
  if (!gpu) return { kind: 'cpu', name: cpuName(), tensorflow: TENSORFLOW };
  const index = request.kind === 'gpu' ? (request.index ?? 0) : 0;
  const name = cardName(environment.CUDA_VISIBLE_DEVICES, gpuNames());
  return { kind: 'gpu', name, index, tensorflow: TENSORFLOW };
}

function plainJs(reason: string): Device {
  if (size > 1)
    throw new Error(
      told(`Cannot join a cluster: expected native TensorFlow (npm run setup), got none: ${reason}`),
    );
  const tfjs = load('@tensorflow/tfjs') as Tfjs;
  void tfjs.setBackend('cpu'); // completes at once for this backend
  tfjs.backend().firstUse = false; // keeps tfjs from recommending a package that is already here
  return { kind: 'js', name: 'JavaScript', reason };
}

const noGpu = (why: Text): Error => {
  const asked = process.env.TSDL_DEVICE ?? 'gpu';
  const en = `Cannot use the GPU: ${why.en} (TSDL_DEVICE=${asked}). Run npm run doctor, or leave TSDL_DEVICE unset for the CPU`;
  const zh = `${en}\n无法使用 GPU：${why.zh}（TSDL_DEVICE=${asked}）。运行 npm run doctor 查看原因；去掉 TSDL_DEVICE 则用 CPU 计算。`;
  return new Error(say({ zh, en }));
};

/** Why TensorFlow does not use a card: by the driver's absence, or by what it logs in a process of its own. */
function whyNoGpu(): Text {
  if (!nvidiaPresent()) return { zh: '这台机器没有 NVIDIA 驱动', en: 'this machine has no NVIDIA driver' };
  const { stderr } = spawnSync(process.execPath, [join(__dirname, 'trial.js'), bindingFile('gpu')], {
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '0' },
    encoding: 'utf8',
    timeout: 60_000,
  });
  const found = explainLog(stderr.split('\n'));
  if (!found) return { zh: 'TensorFlow 没有找到可用的 GPU', en: 'TensorFlow finds no usable GPU' };
  const { what, remedy } = found;
  return { zh: `${what.zh}（${remedy.zh}）`, en: `${what.en} (${remedy.en})` };
}

/** A remark where a GPU was to be expected and the CPU computes: by the driver, or by what is installed. */
function idleGpu(
  variant: Variant,
  why = say({ zh: 'TensorFlow 没有找到可用的 GPU', en: 'TensorFlow finds no usable GPU' }),
): string | undefined {
  if (nvidiaPresent())
    return say({
      zh: `有 NVIDIA 显卡但没有用上（${why}），npm run doctor 说明如何修复`,
      en: `there is an NVIDIA card that is not in use (${why}); npm run doctor says how to mend that`,
    });
  return variant === 'gpu'
    ? say({
        zh: '装的是 GPU 版，但这台机器没有 NVIDIA 驱动',
        en: 'the GPU library is installed, but this machine has no NVIDIA driver',
      })
    : undefined;
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
    if (result.kind === 'cpu' && request.kind === 'gpu') throw noGpu(whyNoGpu());
    if (result.kind === 'gpu' || request.kind === 'cpu') return result;
    return { ...result, reason: idleGpu(variant, reasons[0] && say(reasons[0])) };
  }
  return reasons;
}

/**
 * Registers the backend and gives its device.
 * @throws Error where TSDL_DEVICE asks for a device that there is not
 */
export function loadRuntime(): Device {
  const request = parseDevice(process.env.TSDL_DEVICE);
  if (request.kind === 'js')
    return plainJs(say({ zh: '由 TSDL_DEVICE=js 指定', en: 'chosen by TSDL_DEVICE=js' }));
  const missing = missingInstructions();
  const found = missing
    ? [{ zh: `处理器没有 ${missing} 指令`, en: `the processor lacks ${missing}` }]
    : native(request);
  if ('kind' in found) return found;
  const why = {
    zh: found.map((reason) => reason.zh).join('；'),
    en: found.map((reason) => reason.en).join('; '),
  };
  if (request.kind === 'gpu') throw noGpu(why);
  if (request.kind === 'cpu') {
    throw new Error(told(`Cannot use the CPU natively: ${why.en} (TSDL_DEVICE=cpu). Run npm run setup`));
  }
  return plainJs(say(why));
}
