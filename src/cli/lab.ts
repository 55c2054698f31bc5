/** `tsdl lab [jupyter lab's arguments]`: JupyterLab of the project's environment, in notebooks/. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { PROJECT } from '../engine/runtime/paths';
import { pythonOf, VENV } from './setup/python';

/** Runs until JupyterLab ends; its exit code is ours. */
export function lab(argv: string[]): Promise<number> {
  const notebooks = join(PROJECT, 'notebooks');
  const child = spawn(pythonOf(), ['-m', 'jupyterlab', ...argv], {
    cwd: existsSync(notebooks) ? notebooks : PROJECT,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${join(VENV, 'bin')}:${process.env.PATH ?? ''}` },
  });
  // Ctrl-C reaches JupyterLab itself, which asks back; this process only waits for it
  const wait = (): void => {};
  process.on('SIGINT', wait);
  return new Promise((resolve) => {
    child.on('close', (code) => {
      process.off('SIGINT', wait);
      resolve(code ?? 0);
    });
  });
}
