/** `tsdl kernel install | list | remove`: our kernel for Jupyter installations outside the project. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { Fault } from '../../bin/bootstrap/fault';
import { say } from '../../bin/bootstrap/language';
import { PROJECT } from '../engine/backend/paths';
import { writeWhole } from '../helpers/files/cache';
import { ensureSetup } from '../setup';
import { kernelspec } from '../setup/kernelspec';

const HELP = {
  zh: `tsdl kernel install [--user | --sys-prefix | --prefix 目录] [--name 名称]
tsdl kernel list    [--user | --sys-prefix | --prefix 目录]
tsdl kernel remove  [--user | --sys-prefix | --prefix 目录] [--name 名称]

--user        当前用户（默认）
--sys-prefix  当前启用的 Python 环境（venv、conda）
--prefix      任意目录，内核写入 目录/share/jupyter/kernels
--name        内核名称，默认 tsdl`,
  en: `tsdl kernel install [--user | --sys-prefix | --prefix FOLDER] [--name NAME]
tsdl kernel list    [--user | --sys-prefix | --prefix FOLDER]
tsdl kernel remove  [--user | --sys-prefix | --prefix FOLDER] [--name NAME]

--user        this user (default)
--sys-prefix  the active Python environment (venv, conda)
--prefix      any folder; the kernel goes to FOLDER/share/jupyter/kernels
--name        the kernel's name, tsdl by default`,
};

interface Options {
  readonly kernels: string;
  readonly name: string;
}

/**
 * Gives the exit code.
 * @throws Fault for an unknown sub-command
 */
export async function kernel(argv: string[]): Promise<number> {
  const [command = '--help', ...rest] = argv;
  if (['--help', '-h', 'help'].includes(command) || rest.includes('--help')) {
    console.log(say(HELP));
    return 0;
  }
  const commands = { install, list, remove };
  if (!Object.hasOwn(commands, command))
    throw new Fault(
      { zh: `没有 tsdl kernel ${command} 这条命令。`, en: `There is no command tsdl kernel ${command}.` },
      'npx tsdl kernel --help',
    );
  const options = readOptions(rest);
  if (command === 'install') await ensureSetup(['native', 'fonts', 'kernel']);
  commands[command as keyof typeof commands](options);
  return 0;
}

/**
 * Reads the arguments; anything unknown is a fault, not ignored.
 * @throws Fault for an unknown argument or a name that cannot be a folder's
 */
export function readOptions(argv: readonly string[]): Options {
  let kernels = join(userData(), 'kernels');
  let name = 'tsdl';
  for (let at = 0; at < argv.length; at++) {
    const [flag = '', joined] = (argv[at] ?? '').split(/=(.*)/s);
    const value = (): string => joined ?? argv[++at] ?? '';
    if (flag === '--user') kernels = join(userData(), 'kernels');
    else if (flag === '--sys-prefix') kernels = kernelsBelow(pythonPrefix());
    else if (flag === '--prefix') kernels = kernelsBelow(needed(value(), '--prefix'));
    else if (flag === '--name') name = needed(value(), '--name');
    else
      throw new Fault(
        { zh: `tsdl kernel 没有 ${flag} 这个参数。`, en: `tsdl kernel has no argument ${flag}.` },
        'npx tsdl kernel --help',
      );
  }
  if (!/^[A-Za-z0-9._-]+$/.test(name))
    throw new Fault(
      {
        zh: `内核名称只能用字母、数字和 . _ -，收到 ${name}。`,
        en: `A kernel’s name has letters, digits and . _ - only, not ${name}.`,
      },
      'npx tsdl kernel install --name tsdl',
    );
  return { kernels, name };
}

const kernelsBelow = (prefix: string): string => join(prefix, 'share', 'jupyter', 'kernels');

function needed(value: string, flag: string): string {
  if (value === '')
    throw new Fault({ zh: `${flag} 后面缺少值。`, en: `${flag} needs a value.` }, 'npx tsdl kernel --help');
  return value;
}

/** Jupyter's own place for one user. */
function userData(): string {
  if (process.env.JUPYTER_DATA_DIR) return process.env.JUPYTER_DATA_DIR;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Jupyter');
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'jupyter');
}

function pythonPrefix(): string {
  const active = process.env.VIRTUAL_ENV ?? process.env.CONDA_PREFIX;
  if (active) return active;
  const { stdout, status } = spawnSync('python3', ['-I', '-c', 'import sys; print(sys.prefix)'], {
    encoding: 'utf8',
  });
  if (status !== 0 || !stdout.trim())
    throw new Fault(
      { zh: '没有找到启用的 Python 环境。', en: 'There is no active Python environment.' },
      { zh: 'npx tsdl kernel install --prefix 目录', en: 'npx tsdl kernel install --prefix FOLDER' },
    );
  return stdout.trim();
}

/** Our specs below a folder of kernels, by name. */
export function ours(kernels: string): string[] {
  if (!existsSync(kernels)) return [];
  return readdirSync(kernels).filter((name) => isOurs(join(kernels, name, 'kernel.json')));
}

function isOurs(file: string): boolean {
  return entryOf(file)?.endsWith(join('bin', 'kernel.js')) ?? false;
}

function entryOf(file: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { argv?: string[] }).argv?.[1];
  } catch {
    return undefined;
  }
}

function install({ kernels, name }: Options): void {
  const folder = join(kernels, name);
  const file = join(folder, 'kernel.json');
  if (existsSync(file) && !isOurs(file))
    throw new Fault(
      { zh: `${folder} 是别的内核，没有覆盖。`, en: `${folder} is another kernel; it was left as it is.` },
      `npx tsdl kernel install --name tsdl-typescript`,
    );
  writeWhole(file, kernelspec());
  console.log(
    say({
      zh: `内核 ${name} 已安装到 ${folder}，指向 ${PROJECT}。`,
      en: `Kernel ${name} installed in ${folder}, for ${PROJECT}.`,
    }),
  );
}

function list({ kernels }: Options): void {
  const names = ours(kernels);
  if (names.length === 0)
    console.log(say({ zh: `${kernels} 里没有 tsdl 的内核。`, en: `There is no tsdl kernel in ${kernels}.` }));
  for (const name of names) {
    const entry = entryOf(join(kernels, name, 'kernel.json')) ?? '';
    const state = existsSync(entry)
      ? ''
      : say({
          zh: '（项目已不在，可用 tsdl kernel remove 删除）',
          en: ' (its project is gone; tsdl kernel remove removes it)',
        });
    console.log(`${name.padEnd(16)}${entry}${state}`);
  }
}

function remove({ kernels, name }: Options): void {
  const folder = join(kernels, name);
  if (!existsSync(folder))
    throw new Fault(
      { zh: `${kernels} 里没有内核 ${name}。`, en: `There is no kernel ${name} in ${kernels}.` },
      'npx tsdl kernel list',
    );
  if (!isOurs(join(folder, 'kernel.json')))
    throw new Fault(
      {
        zh: `${folder} 不是 tsdl 的内核，没有删除。`,
        en: `${folder} is not a kernel of tsdl; it was left as it is.`,
      },
      'npx tsdl kernel list',
    );
  rmSync(folder, { recursive: true });
  console.log(
    say({ zh: `内核 ${name} 已从 ${kernels} 删除。`, en: `Kernel ${name} removed from ${kernels}.` }),
  );
}
