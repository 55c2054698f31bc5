/**
 * The course's notebooks as they came with the program, signed for JupyterLab: it shows the drawings that a notebook
 * holds only where that is signed, and of another their text until the reader has run it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { pythonOf } from '../../setup/interpreter';

/**
 * The notebooks of a checkout that are those of its commit to the letter: as much to be trusted as the program itself,
 * which is of the same commit. None where git does not say.
 */
export function unchangedNotebooks(project: string): string[] {
  const git = (...command: readonly string[]): string[] | undefined => {
    const args = ['-c', 'core.fsmonitor=false', '-C', project, ...command, '-z', '--', 'notebooks/*.ipynb'];
    const { status, stdout } = spawnSync('git', args, { encoding: 'utf8' });
    return status === 0 ? stdout.split('\0').filter((name) => name !== '') : undefined;
  };
  const changed = git('diff', '--name-only', '--no-ext-diff', '--no-textconv', '--relative', 'HEAD');
  const tracked = changed && git('ls-files');
  return (tracked ?? []).filter((name) => !changed?.includes(name)).map((name) => join(project, name));
}

/** Signs notebooks beside what goes on; one that is not signed shows the text of its pictures. */
export function sign(notebooks: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  if (notebooks.length === 0) return Promise.resolve();
  const child = spawn(pythonOf(), ['-I', '-m', 'nbformat.sign', ...notebooks], { stdio: 'ignore', env });
  return new Promise((resolve) => {
    child.on('close', () => resolve()).on('error', () => resolve());
  });
}
