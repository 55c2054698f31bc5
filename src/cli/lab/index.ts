/** `tsdl lab [jupyter lab's arguments]`: JupyterLab of the project's environment, at the course's contents. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { Fault } from '../../../bin/bootstrap/fault';
import { packed, PROJECT, workplace } from '../../engine/backend/paths';
import { pythonOf, VENV } from '../../setup/interpreter';
import { jupyterEnvironment } from '../../setup/kernelspec';
import { sign, unchangedNotebooks } from './trusted';

const NOTEBOOKS = join(workplace(), 'notebooks');
/** The course's table of contents; the settings beside this file make JupyterLab render it. */
const CONTENTS = '--LabApp.default_url=/lab/tree/notebooks/README.md';
const SETTINGS = `--LabApp.app_settings_dir=${__dirname}`;

/** Options whose value may be the next argument, which is no file to open then. */
const TAKES_VALUE = /^--(port|port-retries|ip|browser|config|notebook-dir|preferred-dir|\w+\.\w+)$/;
const HELP = /^(-h|--help(-all)?)$/;

/**
 * JupyterLab's arguments: opens the table of contents unless a file or another address is asked for.
 * @param root whether root runs it, as in a container; Jupyter refuses that without being told
 */
export function labArguments(argv: readonly string[], hasContents: boolean, root = false): string[] {
  const isFile = (arg: string, i: number) => !arg.startsWith('-') && !TAKES_VALUE.test(argv[i - 1] ?? '');
  const elsewhere = argv.some((arg, i) => isFile(arg, i) || /default_url/.test(arg));
  const ours = argv.some((arg) => HELP.test(arg)) ? [] : [SETTINGS, ...(elsewhere ? [] : [CONTENTS])];
  return [...(hasContents ? ours : []), ...(root ? ['--allow-root'] : []), ...argv];
}

/**
 * Runs until JupyterLab ends; its exit code is ours.
 * @throws Fault if it is not installed: asked for help, nothing is installed first
 */
export function lab(argv: string[]): Promise<number> {
  if (!existsSync(pythonOf()))
    throw new Fault(
      {
        zh: '参数是 JupyterLab 的，它还没有装好。',
        en: 'The arguments are those of JupyterLab, which is not installed.',
      },
      packed ? 'npx tsdl setup' : 'npm run setup',
    );
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
