/** The native library, the binding, and the device TensorFlow computes on. */
import { size } from '../../../bin/bootstrap/progress';
import { missingInstructions, parseDevice } from '../../engine/backend/device';
import { environmentFor } from '../../engine/backend/environment';
import { bindingDir, bindingFile, bindingKey, libraryDir, libraryKey } from '../../engine/backend/installed';
import { checkThoroughly, type Verdict } from '../../engine/backend/stamp';
import { type Text, text } from '../../engine/backend/text';
import { hostPlatform, libraryFor, TENSORFLOW, type Variant } from '../../engine/backend/wheels';
import { queryNvidia } from '../../setup/nvidia';
import { type FailedProbe, type Probe, probe } from '../../setup/probe';
import { type Check, fault, ok } from './check';
import { checkDevice, DEVICE } from './device';

const LIBRARY = text('TensorFlow 库', 'TensorFlow library');
const BINDING = text('Node 绑定', 'Node binding');

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
  const verdict = await checkThoroughly(bindingDir(variant), bindingKey(variant));
  if (verdict.state !== 'ok') {
    return { check: fault('binding', BINDING, complaint(verdict), mend(variant, verdict)) };
  }
  const result = await probe(bindingFile(variant), { convolution: true, env: probeEnvironment(variant) });
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

/** The variant to look at: the one that is installed, the GPU's first. */
async function installedVariant(): Promise<Variant> {
  const gpu = libraryFor('gpu') && (await checkThoroughly(libraryDir('gpu'), libraryKey('gpu')));
  return gpu && gpu.state !== 'missing' ? 'gpu' : 'cpu';
}

/** Library, binding and device, in this order: each needs the one before. */
export async function checkNative(): Promise<Check[]> {
  const platform = hostPlatform();
  if (!libraryFor('cpu', platform)) {
    const value = text(`没有 ${platform} 的安装包`, `no wheel for ${platform}`);
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
