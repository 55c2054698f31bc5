/** The native library, the binding, and the device TensorFlow computes on. */
import type { Text } from '../../../bin/bootstrap/language';
import { size } from '../../../bin/bootstrap/progress';
import { missingInstructions, parseDevice } from '../../engine/backend/device';
import { environmentFor } from '../../engine/backend/environment';
import { bindingDir, bindingFile, bindingKey, libraryDir, libraryKey } from '../../engine/backend/installed';
import { checkThoroughly, type Condition } from '../../engine/backend/stamp';
import { hostPlatform, libraryFor, TENSORFLOW, type Variant } from '../../engine/backend/wheels';
import { queryNvidia } from '../../setup/nvidia';
import { type FailedProbe, type Probe, probe } from '../../setup/probe';
import { checkDevice, DEVICE } from './device';
import { type Check, fault, ok } from './finding';

const LIBRARY = { zh: 'TensorFlow 库', en: 'TensorFlow library' };
const BINDING = { zh: 'Node 绑定', en: 'Node binding' };

const flag = (variant: Variant): string => (variant === 'gpu' ? ' --gpu' : '');

/** The command for a bad condition; damage that sizes and dates do not show needs the thorough setup. */
const mend = (variant: Variant, { state }: Condition): string =>
  state === 'corrupt' ? `npm run setup -- --verify${flag(variant)}` : 'npm run setup';

function complaint(condition: Condition): Text {
  if (condition.state === 'corrupt') {
    const { file, detail } = condition;
    return { zh: `${file} 已损坏：${detail.zh}`, en: `${file} is damaged: ${detail.en}` };
  }
  return condition.state === 'missing'
    ? { zh: '没有安装', en: 'not installed' }
    : { zh: '是旧版本', en: 'outdated' };
}

async function checkLibrary(variant: Variant): Promise<Check> {
  const dir = libraryDir(variant);
  const condition = await checkThoroughly(dir, libraryKey(variant));
  if (condition.state !== 'ok')
    return fault('tensorflow', LIBRARY, complaint(condition), mend(variant, condition));
  const bytes = size(Number(condition.stamp.info.bytes));
  const name = variant.toUpperCase();
  return ok('tensorflow', LIBRARY, {
    zh: `${TENSORFLOW} ${name} 版，${bytes}，sha256 一致，${dir}`,
    en: `${TENSORFLOW} (${name}), ${bytes}, sha256 right, ${dir}`,
  });
}

/** The card that TSDL_DEVICE asks for; one that does not exist is the device's fault, not the binding's. */
function probeEnvironment(variant: Variant): NodeJS.ProcessEnv {
  try {
    const request = parseDevice(process.env.TSDL_DEVICE);
    return { ...environmentFor(request, variant, process.env), TF_CPP_MIN_LOG_LEVEL: '0' };
  } catch (error) {
    if (error instanceof RangeError) return {};
    throw error;
  }
}

async function checkBinding(variant: Variant): Promise<{ check: Check; probe?: Probe | FailedProbe }> {
  const condition = await checkThoroughly(bindingDir(variant), bindingKey(variant));
  if (condition.state !== 'ok') {
    return { check: fault('binding', BINDING, complaint(condition), mend(variant, condition)) };
  }
  const result = await probe(bindingFile(variant), { convolution: true, env: probeEnvironment(variant) });
  if (!result.ok) {
    const value = {
      zh: `加载或计算失败：${result.error}`,
      en: `it does not load or compute: ${result.error}`,
    };
    return { check: fault('binding', BINDING, value, 'npm run setup -- --verify'), probe: result };
  }
  if (result.convolution === false) {
    const value = { zh: '卷积结果不对', en: 'a convolution gives wrong numbers' };
    return { check: fault('binding', BINDING, value, 'npm run setup -- --verify'), probe: result };
  }
  const compiler = String(condition.stamp.info.compiler);
  const value = {
    zh: `可用，TensorFlow ${result.version}；${compiler}`,
    en: `works, TensorFlow ${result.version}; ${compiler}`,
  };
  return { check: ok('binding', BINDING, value), probe: result };
}

/** The variant to look at: the one that is installed, the GPU's first. */
async function installedVariant(): Promise<Variant> {
  const gpu = libraryFor('gpu') && (await checkThoroughly(libraryDir('gpu'), libraryKey('gpu')));
  return gpu && gpu.state !== 'missing' ? 'gpu' : 'cpu';
}

/** Library, binding and device, in this order: each needs the one before. */
export async function checkNative(): Promise<Check[]> {
  const platform = hostPlatform();
  if (!libraryFor('cpu', platform)) {
    const value = { zh: `没有 ${platform} 的安装包`, en: `no wheel for ${platform}` };
    const windows = process.platform === 'win32';
    return [fault('tensorflow', LIBRARY, value, windows ? 'wsl --install' : 'export TSDL_DEVICE=js')];
  }
  const missing = missingInstructions();
  if (missing) {
    const value = { zh: `处理器没有 ${missing} 指令`, en: `the processor lacks ${missing}` };
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
            { zh: '先修复 TensorFlow 库', en: 'mend the library first' },
            library.mend,
          ),
        };
  return [library, binding.check, checkDevice(await queryNvidia(), variant, binding.probe)];
}
