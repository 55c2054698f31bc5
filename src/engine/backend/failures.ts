/**
 * What TensorFlow's and CUDA's messages about the device mean, in one place: what happened and what to do, in both
 * languages of the screen. Message texts: TensorFlow 2.21 (bfc_allocator.cc, cuda_platform.cc, cuda_dnn.cc, cuda_status.cc) and the
 * names of CUDA's and cuDNN's status codes.
 */
import { say, type Text } from '../../../bin/bootstrap/language';
import type { Device } from './device';
import { refusalOf } from './refusals';

/** What went wrong with a device. */
export type FailureKind = 'memory' | 'busy' | 'lost' | 'driver' | 'absent' | 'libraries' | 'fabric';

/** What went wrong with a device, and what to do about it. */
export interface Failure {
  readonly kind: FailureKind;
  readonly what: Text;
  readonly remedy: Text;
}

interface Rule {
  readonly kind: FailureKind;
  readonly pattern: RegExp;
  readonly what: Text;
  readonly remedy: Text;
}

/** In this order: a line such as cuInit's names its cause behind a general beginning. */
const RULES: readonly Rule[] = [
  {
    kind: 'fabric',
    pattern: /CUDA_ERROR_SYSTEM_NOT_READY|system not yet initialized|UNKNOWN ERROR \(802\)/i,
    what: { zh: 'NVSwitch 的管理服务没有运行', en: 'the service of the NVSwitch fabric does not run' },
    remedy: {
      zh: '启动它：sudo systemctl start nvidia-fabricmanager',
      en: 'start it: sudo systemctl start nvidia-fabricmanager',
    },
  },
  {
    kind: 'driver',
    pattern:
      /INSUFFICIENT_DRIVER|driver version is insufficient|SYSTEM_DRIVER_MISMATCH|UNSUPPORTED_PTX|unsupported toolchain|UNKNOWN ERROR \(80[34]\)/i,
    what: {
      zh: 'NVIDIA 驱动太旧，或与内核模块的版本不一致',
      en: 'the NVIDIA driver is too old or half updated',
    },
    remedy: {
      zh: '更新驱动后重启：npm run doctor',
      en: 'update the driver and restart the machine: npm run doctor',
    },
  },
  {
    kind: 'busy',
    pattern:
      /CUDA_ERROR_DEVICE_UNAVAILABLE|devices? (is|are) busy or unavailable|CUDA_ERROR_DEVICE_ALREADY|exclusive(-|_| )process|UNKNOWN ERROR \(46\)/i,
    what: { zh: '显卡被别的进程独占', en: 'another process holds the card' },
    remedy: {
      zh: '用 nvidia-smi 看是谁在用，等它结束；或换一张卡：TSDL_DEVICE=gpu:1',
      en: 'see with nvidia-smi who uses it and wait for it, or take another card: TSDL_DEVICE=gpu:1',
    },
  },
  {
    kind: 'memory',
    pattern: /OOM when allocating|RESOURCE_EXHAUSTED|ResourceExhausted|ERROR_OUT_OF_MEMORY|out of memory/i,
    what: { zh: '内存不足', en: 'out of memory' },
    remedy: {
      zh: '减小 batchSize 或模型；释放不用的张量（tf.tidy、dispose）；重启内核',
      en: 'use a smaller batchSize or model, free tensors (tf.tidy, dispose), or restart the kernel',
    },
  },
  {
    kind: 'memory',
    pattern:
      /CUDNN_STATUS_(NOT_INITIALIZED|ALLOC_FAILED|INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED)|CUBLAS_STATUS_(NOT_INITIALIZED|ALLOC_FAILED)|Could not create cu(dnn|blas) handle|failed to create cu(dnn|blas) handle|DNN library (is not found|initialization failed)|No DNN in stream executor/i,
    what: {
      zh: 'cuDNN 或 cuBLAS 无法初始化，多半是显存已被占满',
      en: 'cuDNN or cuBLAS cannot start, most often because the card’s memory is taken',
    },
    remedy: {
      zh: '用 nvidia-smi 看显存被谁占用，结束那些进程后重启内核；显存充足时：npm run setup -- --gpu --verify',
      en: 'see with nvidia-smi who holds the memory, end it and restart the kernel; with memory to spare: npm run setup -- --gpu --verify',
    },
  },
  {
    kind: 'lost',
    pattern:
      /CUDA_ERROR_(ILLEGAL_ADDRESS|LAUNCH_FAILED|LAUNCH_TIMEOUT|ECC_UNCORRECTABLE|HARDWARE_STACK_ERROR|ILLEGAL_INSTRUCTION|MISALIGNED_ADDRESS|NVLINK_UNCORRECTABLE|CONTEXT_IS_DESTROYED|DEVICE_NOT_LICENSED)|GPU is lost|fallen off the bus|Failed to synchronize GPU|GPU sync failed|illegal memory access|uncorrectable (ECC|NVLink) error/i,
    what: { zh: '显卡出错，与它的连接已断开', en: 'the card failed and the connection to it is gone' },
    remedy: {
      zh: '重启内核；再次发生时看 nvidia-smi 和 dmesg | grep Xid；先用 TSDL_DEVICE=cpu 继续',
      en: 'restart the kernel; if it comes again see nvidia-smi and dmesg | grep Xid; go on with TSDL_DEVICE=cpu',
    },
  },
  {
    kind: 'libraries',
    pattern:
      /Cannot dlopen some GPU libraries|lib(cudnn|cublas|cufft|cusolver|cusparse)\S* .*cannot open shared/i,
    what: { zh: 'CUDA 或 cuDNN 的库没有找到', en: 'libraries of CUDA or cuDNN were not found' },
    remedy: { zh: 'npm run setup -- --gpu --verify', en: 'npm run setup -- --gpu --verify' },
  },
  {
    kind: 'absent',
    pattern:
      /CUDA_ERROR_NO_DEVICE|no CUDA-capable device|Could not find cuda drivers|failed call to cuInit|UNKNOWN ERROR \((100|303)\)/i,
    what: { zh: '找不到可用的 NVIDIA 显卡或驱动', en: 'no NVIDIA card, or no driver for it, was found' },
    remedy: {
      zh: '检查 nvidia-smi 和 CUDA_VISIBLE_DEVICES；没有显卡时去掉 TSDL_DEVICE',
      en: 'check nvidia-smi and CUDA_VISIBLE_DEVICES; without a card leave TSDL_DEVICE unset',
    },
  },
];

/** What a message is about; undefined where it is not about the device (wrong shapes, say). */
export function explain(message: string): Failure | undefined {
  return RULES.find(({ pattern }) => pattern.test(message));
}

/** The first of several log lines that tells why a GPU is not used, and what it means. */
export function explainLog(lines: readonly string[]): (Failure & { readonly line: string }) | undefined {
  for (const line of lines) {
    const failure = /^I0000|: I tensorflow/.test(line) ? undefined : explain(line);
    if (failure) return { ...failure, line };
  }
  return undefined;
}

/** The device failed, not the program: too little memory, a lost card, a card that another process holds. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';

  constructor(
    readonly kind: FailureKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** `CPU`, or `GPU 0 (NVIDIA H200)`: where the failing operation ran, if the message says so, else the device. */
function place(message: string, device: Device): Text {
  if (device.kind !== 'gpu' || /device:CPU|allocator (mkl)?cpu/i.test(message))
    return { zh: ' CPU ', en: 'the CPU' };
  const index = device.index ?? 0;
  return { zh: ` GPU ${index}（${device.name}）`, en: `GPU ${index} (${device.name})` };
}

/** An error of the binding in the user's terms, by the name of its operation; any other error as it is. */
export function translated(error: unknown, device: Device, op?: string): unknown {
  if (!(error instanceof Error) || error instanceof DeviceError) return error;
  const failure = explain(error.message);
  if (!failure) return refusalOf(error, op) ?? error;
  const { kind, what, remedy } = failure;
  const where = place(error.message, device);
  const detail = error.message.replace(/^Invalid TF_Status: \d+\s*Message: /, '').split('\n')[0] ?? '';
  const en = `Cannot compute on ${where.en}: ${what.en}; ${remedy.en}`;
  const zh = `${en}\n无法在${where.zh}上计算：${what.zh}。${remedy.zh}。`;
  const message = `${say({ zh, en })}\nTensorFlow: ${detail}`;
  return new DeviceError(kind, message, { cause: error });
}

type Functions = Record<string, unknown>;

/** The binding's properties in a new object, its functions throwing `translated` errors. */
export function withTranslatedErrors<T extends object>(binding: T, device: Device): T {
  const entries = Object.getOwnPropertyNames(binding).map((name): [string, unknown] => {
    const value = (binding as Functions)[name];
    if (typeof value !== 'function') return [name, value];
    const call = value.bind(binding) as (...args: unknown[]) => unknown;
    return [name, (...args: unknown[]) => attempt(name, call, args, device)];
  });
  return Object.fromEntries(entries) as T;
}

function attempt(
  name: string,
  call: (...args: unknown[]) => unknown,
  args: unknown[],
  device: Device,
): unknown {
  try {
    return call(...args);
  } catch (error) {
    throw translated(error, device, name === 'executeOp' ? String(args[0]) : undefined);
  }
}
