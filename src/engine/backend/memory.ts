/** How much memory the device that computes has left. */
import { spawnSync } from 'node:child_process';
import { freemem } from 'node:os';

import { type Device, parseDevice, visibleDevices } from './device';

/** The answer of `nvidia-smi --query-gpu=memory.free --format=csv,noheader,nounits`, which counts MiB, in bytes. */
function parseFree(csv: string): number | undefined {
  const match = /^\s*(\d+)\s*$/m.exec(csv);
  return match ? Number(match[1]) * 2 ** 20 : undefined;
}

/**
 * Free bytes: of the card as the driver tells (what TensorFlow has reserved counts as taken), else of the machine.
 * Undefined where the driver does not tell.
 */
export function freeBytes({ kind }: Pick<Device, 'kind'>): number | undefined {
  if (kind !== 'gpu') return freemem();
  const card = visibleDevices(parseDevice(process.env.TSDL_DEVICE), process.env.CUDA_VISIBLE_DEVICES) ?? '0';
  const query = ['--query-gpu=memory.free', '--format=csv,noheader,nounits', '-i', card];
  const { stdout, status } = spawnSync('nvidia-smi', query, { encoding: 'utf8', timeout: 5000 });
  return status === 0 ? parseFree(stdout) : undefined;
}
