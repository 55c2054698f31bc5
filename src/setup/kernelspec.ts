/** The kernelspec in `.venv`: what Jupyter starts for a notebook of the kernel `tslab`. */
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { isForbidden } from '../../bin/bootstrap/fault';
import { home, packed, PROJECT } from '../engine/backend/paths';
import { digest } from '../engine/backend/stamp';
import { writeWhole } from '../helpers/files/cache';
import { ARENAS } from '../kernel/link/names';
import { additionsReady, installAdditions } from './additions';
import { VENV } from './interpreter';

/** Name of the kernelspec; that of tslab, so that its notebooks open here too. */
export const KERNEL = 'tslab';
/** What front ends call it. */
export const KERNEL_TITLE = 'TypeScript (tsdl)';
/** Projects that share a Python environment have each a kernel of their own. */
const DATA = packed ? join(home(), 'jupyter', digest(PROJECT).slice(0, 12)) : join(VENV, 'share/jupyter');
const ENTRY = join(PROJECT, 'bin/kernel.js');
/** The kernelspec in the Python environment. */
export const KERNELSPEC = join(DATA, 'kernels', KERNEL, 'kernel.json');

/**
 * Absolute paths throughout: the notebook server may have been started with another PATH.
 * @param extra more variables for the kernel
 */
export function kernelspec(extra: Readonly<Record<string, string>> = {}): string {
  const home = process.env.TSDL_HOME ? { TSDL_HOME: process.env.TSDL_HOME } : {};
  const spec = {
    argv: [process.execPath, ENTRY, '-f', '{connection_file}'],
    display_name: KERNEL_TITLE,
    language: 'typescript',
    interrupt_mode: 'signal',
    // glibc would keep a pool of memory for each of V8's compiler threads: 15 MB for nothing.
    env: { [ARENAS]: '1', ...home, ...extra },
    metadata: { debugger: true },
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

/** The environment in which Jupyter finds our kernel before any other of its name. */
export const jupyterEnvironment = (): NodeJS.ProcessEnv =>
  packed ? { JUPYTER_PATH: [DATA, process.env.JUPYTER_PATH].filter(Boolean).join(delimiter) } : {};

/** Whether the kernel is registered as it would be now. */
export const kernelspecReady = (): boolean => installedKernelspec() === kernelspec() && additionsReady();

/** The Node that a kernelspec of this project starts; undefined where that is gone, or the project is another. */
export function nodeOf(spec: string | undefined): string | undefined {
  try {
    const [node = '', entry] = (JSON.parse(spec ?? '') as { argv: string[] }).argv;
    return entry === ENTRY && existsSync(node) ? node : undefined;
  } catch {
    return undefined; // nothing registered, or a file cut off
  }
}

/**
 * Registers the running Node; an installation that this user may not change keeps the one it has.
 * @throws the system's error for an installation of one's own that cannot be written
 */
export function ensureKernelspec(): boolean {
  if (kernelspecReady()) return false;
  try {
    installKernelspec();
    return true;
  } catch (error) {
    if (isForbidden(error) && nodeOf(installedKernelspec())) return false;
    throw error;
  }
}

/** Registers the kernel in the Python environment. */
export function installKernelspec(): void {
  writeWhole(KERNELSPEC, kernelspec());
  installAdditions();
}
