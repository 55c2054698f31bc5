/** Which device was asked for (TSDL_DEVICE) and which one computes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

/** The device that computes, as shown in notebook headers and reports. */
export interface Device {
  readonly kind: 'gpu' | 'cpu' | 'js';
  /** The chip: "NVIDIA H200", "AMD EPYC 9R14". */
  readonly name: string;
  /** Which of several GPUs, as TSDL_DEVICE=gpu:1 counts them. */
  readonly index?: number;
  /** The version of TensorFlow; undefined in plain JavaScript. */
  readonly tensorflow?: string;
  /** Why a better device is not in use, in the language of the screen; undefined where nothing is amiss. */
  readonly reason?: string;
}

/** What TSDL_DEVICE asks for. */
export type Request =
  { readonly kind: 'auto' | 'cpu' | 'js' } | { readonly kind: 'gpu'; readonly index?: number };

/**
 * Reads TSDL_DEVICE: `gpu`, `gpu:1`, `cpu`, `js`, or nothing for the best there is.
 * @throws RangeError for any other value
 */
export function parseDevice(value: string | undefined): Request {
  if (!value || value === 'auto') return { kind: 'auto' };
  if (value === 'cpu' || value === 'js') return { kind: value };
  const gpu = /^gpu(?::(\d+))?$/.exec(value);
  if (!gpu) throw new RangeError(`Cannot use TSDL_DEVICE: expected gpu, gpu:1, cpu or js, got "${value}"`);
  return { kind: 'gpu', index: gpu[1] === undefined ? undefined : Number(gpu[1]) };
}

/** Whether the kernel drives an NVIDIA card (or, in WSL2, Windows does). `root` is for tests. */
export function nvidiaPresent(root = '/'): boolean {
  return ['proc/driver/nvidia/version', 'dev/nvidia0', 'dev/dxg'].some((path) =>
    existsSync(join(root, path)),
  );
}

/** The names of the NVIDIA cards by the driver's files, without starting a program. */
export function gpuNames(root = '/'): string[] {
  const folder = join(root, 'proc/driver/nvidia/gpus');
  try {
    return readdirSync(folder)
      .sort()
      .map((card) => /Model:\s*(.+)/.exec(readFileSync(join(folder, card, 'information'), 'utf8'))?.[1] ?? '')
      .map((name) => (name.startsWith('NVIDIA') ? name : `NVIDIA ${name}`.trim()));
  } catch {
    return [];
  }
}

/** The processor's name, else its architecture. */
export const cpuName = (): string => cpus()[0]?.model.trim() || process.arch;

/** TensorFlow's x64 wheels are compiled for AVX; without it the process would die of an illegal instruction. */
export function missingInstructions(
  cpuinfo = '/proc/cpuinfo',
  arch: string = process.arch,
): string | undefined {
  if (arch !== 'x64' || !existsSync(cpuinfo)) return undefined;
  const flags = /^flags\s*:(.*)$/m.exec(readFileSync(cpuinfo, 'utf8'))?.[1];
  return flags === undefined || / avx /.test(`${flags} `) ? undefined : 'AVX';
}

/** The cards that CUDA_VISIBLE_DEVICES lets programs see, as written there; undefined where it is not set. */
const visibleList = (visible: string | undefined): string[] | undefined =>
  visible
    ?.split(',')
    .map((card) => card.trim())
    .filter(Boolean);

/**
 * CUDA_VISIBLE_DEVICES for a request: none for the CPU, else exactly one card (the n-th of those visible already).
 * With several, TensorFlow would reserve memory on all of them, and run recorded graphs on the first but single
 * operations on the last.
 * @param count cards in the machine, where known
 * @throws RangeError if there is no such card
 */
export function visibleDevices(
  request: Request,
  visible: string | undefined,
  count?: number,
): string | undefined {
  if (request.kind === 'cpu') return '-1';
  if (request.kind === 'js') return visible;
  const wanted = request.kind === 'gpu' ? request.index : undefined;
  const list = visibleList(visible);
  const chosen = list ? list[wanted ?? 0] : String(wanted ?? 0);
  const total = list?.length ?? count ?? 0;
  if (wanted !== undefined && (chosen === undefined || (total > 0 && wanted >= total))) {
    const where = list ? 'CUDA_VISIBLE_DEVICES shows' : 'this machine has';
    throw new RangeError(
      `Cannot use TSDL_DEVICE=gpu:${wanted}: ${where} ${total} GPU(s), counted from gpu:0, got index ${wanted}`,
    );
  }
  return chosen ?? visible;
}

/** The name of the card that `visible` (one entry of CUDA_VISIBLE_DEVICES) chooses; a UUID tells none. */
export function cardName(visible: string | undefined, names: readonly string[]): string {
  return (/^\d+$/.test(visible ?? '') ? names[Number(visible)] : undefined) ?? 'NVIDIA GPU';
}
