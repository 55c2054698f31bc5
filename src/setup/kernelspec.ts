/** The kernelspec in `.venv`: what Jupyter starts for a notebook of the kernel `tslab`. */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { PROJECT } from '../engine/backend/paths';
import { ARENAS } from '../kernel/link/names';
import { VENV } from './python';

export const KERNEL = 'tslab';
const KERNELS = join(VENV, 'share/jupyter/kernels');
export const KERNELSPEC = join(KERNELS, KERNEL, 'kernel.json');

/**
 * Absolute paths throughout: the notebook server may have been started with another PATH.
 * @param extra more variables for the kernel
 */
export function kernelspec(extra: Readonly<Record<string, string>> = {}): string {
  const home = process.env.TSDL_HOME ? { TSDL_HOME: process.env.TSDL_HOME } : {};
  const spec = {
    argv: [process.execPath, join(PROJECT, 'bin/kernel.js'), '-f', '{connection_file}'],
    display_name: 'TypeScript (tsdl)',
    language: 'typescript',
    interrupt_mode: 'signal',
    // glibc would keep a pool of memory for each of V8's compiler threads: 15 MB for nothing.
    env: { [ARENAS]: '1', ...home, ...extra },
    metadata: { debugger: false },
  };
  return `${JSON.stringify(spec, null, 2)}\n`;
}

/** What Jupyter would start now; undefined where nothing is registered. */
export function installedKernelspec(): string | undefined {
  try {
    return readFileSync(KERNELSPEC, 'utf8');
  } catch {
    return undefined;
  }
}

export const kernelspecReady = (): boolean => installedKernelspec() === kernelspec();

/** Writes the kernelspec through a staging folder beside it. */
export function installKernelspec(): void {
  mkdirSync(KERNELS, { recursive: true });
  const staging = mkdtempSync(join(KERNELS, '.staging-'));
  writeFileSync(join(staging, 'kernel.json'), kernelspec());
  mkdirSync(join(KERNELS, KERNEL), { recursive: true });
  renameSync(join(staging, 'kernel.json'), KERNELSPEC);
  rmSync(staging, { recursive: true, force: true });
}
