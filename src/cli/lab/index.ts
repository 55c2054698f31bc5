/** `tsdl lab [jupyter lab's arguments]`: JupyterLab of the project's environment, at the course's contents. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { packed, PROJECT, workplace } from '../../engine/backend/paths';
import { pythonOf, VENV } from '../../setup/interpreter';
import { jupyterEnvironment } from '../../setup/kernelspec';
import { sign, unchangedNotebooks } from './trusted';

const NOTEBOOKS = join(workplace(), 'notebooks');
/** The course's table of contents; the settings beside this file make JupyterLab render it. */
const CONTENTS = '--LabApp.default_url=/lab/tree/notebooks/README.md';
const SETTINGS = `--LabApp.app_settings_dir=${__dirname}`;

/**
 * JupyterLab's arguments: opens the table of contents unless a file or another address is asked for.
 * @param root whether root runs it, as in a container; Jupyter refuses that without being told
 */
export function labArguments(argv: readonly string[], hasContents: boolean, root = false): string[] {
  const asksForMore = argv.some((arg) => !arg.startsWith('-') || /default_url|^--?h(elp)?/.test(arg));
  const contents = asksForMore || !hasContents ? [] : [SETTINGS, CONTENTS];
  return [...contents, ...(root ? ['--allow-root'] : []), ...argv];
}

/** Runs until JupyterLab ends; its exit code is ours. */
export function lab(argv: string[]): Promise<number> {
  const hasContents = existsSync(join(NOTEBOOKS, 'README.md'));
  const root = process.getuid?.() === 0;
  const env = {
    ...process.env,
    ...jupyterEnvironment(),
    PATH: `${join(VENV, 'bin')}:${process.env.PATH ?? ''}`,
  };
  if (!packed) void sign(unchangedNotebooks(PROJECT), env);
  const child = spawn(pythonOf(), ['-I', '-m', 'jupyterlab', ...labArguments(argv, hasContents, root)], {
    cwd: workplace(), // so that the notebooks' links to the sources open
    stdio: 'inherit',
    env,
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
