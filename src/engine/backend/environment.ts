/** The environment variables that TensorFlow and CUDA read while they are loaded. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import { gpuNames, type Request, visibleDevices } from './device';
import { libraryDir } from './installed';
import type { Variant } from './wheels';

type Env = Readonly<Record<string, string | undefined>>;

/** Throws unless the variable is `0`, `1` or not set. */
function flag(env: Env, name: string): '0' | '1' | undefined {
  const value = env[name];
  if (value === undefined || value === '') return undefined;
  if (value === '0' || value === '1') return value;
  throw new RangeError(`Cannot use ${name}: expected 0 or 1, got "${value}"`);
}

/** Cores up to which each session has threads of its own: a recording is one, and all of them live on. */
const MOST_CORES = 16;

/** Whether a session may have another number of threads than the rest. */
export const sessionsHaveThreads = (env: Env): boolean => env.TF_OVERRIDE_GLOBAL_THREADPOOL === '1';

/**
 * What to set before the libraries of `variant` are loaded. What the user has set stays, CUDA_VISIBLE_DEVICES
 * excepted, which is narrowed to one card.
 *
 * - `TF_FORCE_GPU_ALLOW_GROWTH`: else TensorFlow takes the whole card at once, and a second program finds it full.
 * - `CUDA_DEVICE_ORDER`: gpu:1 is then the card that nvidia-smi calls 1; CUDA's own order is by speed.
 * - `TF_ONEDNN_THREADPOOL_USE_CALLER_THREAD`: whoever shares work out does a part of it, where it would wait otherwise.
 * - `TF_OVERRIDE_GLOBAL_THREADPOOL`: sessions have threads of their own, so that small graphs can do with one.
 * - `TSDL_DETERMINISTIC=1` → `TF_DETERMINISTIC_OPS`: the same bits in every run, slower.
 * - `TSDL_TF32=0` → `NVIDIA_TF32_OVERRIDE`: products and convolutions with all of float32's 23 bits instead of
 *   TF32's 10; slower on cards since Ampere.
 */
export function environmentFor(
  request: Request,
  variant: Variant,
  env: Env,
  cores = availableParallelism(),
): Record<string, string> {
  const wanted: Record<string, string | undefined> = { TF_CPP_MIN_LOG_LEVEL: '3' };
  const deterministic = flag(env, 'TSDL_DETERMINISTIC');
  const tf32 = flag(env, 'TSDL_TF32');
  if (deterministic === '1') wanted.TF_DETERMINISTIC_OPS = '1';
  if (variant === 'gpu') {
    wanted.CUDA_DEVICE_ORDER = 'PCI_BUS_ID';
    wanted.TF_FORCE_GPU_ALLOW_GROWTH = 'true';
    wanted.XLA_FLAGS = `--xla_gpu_cuda_data_dir=${join(libraryDir(variant), 'nvidia/cuda_nvcc')}`;
    if (tf32 === '0') wanted.NVIDIA_TF32_OVERRIDE = '0';
  }
  if (variant === 'cpu') {
    wanted.TF_ONEDNN_THREADPOOL_USE_CALLER_THREAD = '1';
    if (cores <= MOST_CORES) wanted.TF_OVERRIDE_GLOBAL_THREADPOOL = '1';
  }
  const changes = Object.entries(wanted).flatMap(([name, value]) =>
    value === undefined || env[name] !== undefined ? [] : [[name, value] as const],
  );
  const visible =
    variant === 'gpu' ? visibleDevices(request, env.CUDA_VISIBLE_DEVICES, gpuNames().length) : undefined;
  return { ...Object.fromEntries(changes), ...(visible !== undefined && { CUDA_VISIBLE_DEVICES: visible }) };
}

/**
 * Runs `work`, which loads the libraries, with these variables set. CUDA_VISIBLE_DEVICES is then put back: CUDA has
 * read it, and a child process would count gpu:1 within the one card that is left.
 */
export function withEnvironment<T>(changes: Readonly<Record<string, string>>, work: () => T): T {
  const before = process.env.CUDA_VISIBLE_DEVICES;
  Object.assign(process.env, changes);
  try {
    return work();
  } finally {
    if (before === undefined) delete process.env.CUDA_VISIBLE_DEVICES;
    else process.env.CUDA_VISIBLE_DEVICES = before;
  }
}
