/** The step that makes `.venv`: the exact packages of requirements.txt, in a Python environment of the project. */
import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { runChild } from '../../bin/bootstrap/child';
import { Fault, tail } from '../../bin/bootstrap/fault';
import { say, type Text } from '../../bin/bootstrap/language';
import type { Progress } from '../../bin/bootstrap/progress';
import { home, packed, PROJECT } from '../engine/backend/paths';
import { digest, hashFile, type Stamp, stamped } from '../engine/backend/stamp';
import type { Made, Step } from './frame';
import {
  identify,
  isSame,
  minorOf,
  namedPython,
  type Python,
  pythonOf,
  REQUIREMENTS,
  requirePython,
  VENV,
} from './interpreter';
import { compareVersions } from './nvidia';
import { pipFault } from './pipfault';

/** Older pips, which Python 3.9.0 to 3.9.4 bring, do not know the names of today's Linux wheels (PEP 600). */
const MIN_PIP = '20.3';
const PIP = '25.3';

/** The environment for pip: the user's mirror and proxy settings, without what would install elsewhere. */
export function pipEnvironment(): NodeJS.ProcessEnv {
  const elsewhere = [
    'PYTHONHOME',
    'PYTHONPATH',
    'PIP_USER',
    'PIP_TARGET',
    'PIP_PREFIX',
    '__PYVENV_LAUNCHER__',
  ];
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !elsewhere.includes(name)));
}

/** How many packages requirements.txt names (for the progress line). */
const packageCount = (): number =>
  new Set([...readFileSync(REQUIREMENTS, 'utf8').matchAll(/^([a-z0-9-]+)==/gm)].map((match) => match[1]))
    .size;

/** Follows pip: packages found and downloaded by its lines, then packages written by what is in the folder. */
function followPip(venv: string, bar: Progress): { onLine: (line: string) => void; stop: () => void } {
  const downloading = { note: say({ zh: '下载 ', en: 'downloading ' }), done: 0, total: packageCount() };
  let writing = 0;
  const show = (count: number): string => say({ zh: `${count} 个包`, en: `${count} packages` });
  const timer = setInterval(() => {
    if (writing === 0) bar.update({ ...downloading, show });
    else
      bar.update({
        note: say({ zh: '写入 ', en: 'installing ' }),
        done: installedCount(venv),
        total: writing,
        show,
      });
  }, 1000);
  const onLine = (line: string): void => {
    if (line.startsWith('Collecting ')) downloading.done++;
    if (line.startsWith('Installing collected')) writing = line.split(',').length;
  };
  return { onLine, stop: () => clearInterval(timer) };
}

function installedCount(venv: string): number {
  const [lib] = readdirSync(join(venv, 'lib')).filter((name) => name.startsWith('python'));
  const names = readdirSync(join(venv, 'lib', lib ?? '', 'site-packages'));
  return names.filter((name) => name.endsWith('.dist-info')).length;
}

const pip = (venv: string, args: readonly string[], onLine?: (line: string) => void) =>
  runChild(pythonOf(venv), ['-I', '-m', 'pip', ...args], { env: pipEnvironment(), onLine });

const QUIETLY = ['--disable-pip-version-check', '--no-input', '--progress-bar=off'];

/** Replaces a pip that is too old for today's wheels. */
export async function renewPip(venv: string): Promise<void> {
  const [version = '0'] = /(?<=^pip )\S+/m.exec((await pip(venv, ['--version'])).output) ?? [];
  if (compareVersions(version, MIN_PIP) < 0) await pip(venv, ['install', ...QUIETLY, `pip==${PIP}`]);
}

async function pipInstall(venv: string, bar: Progress): Promise<void> {
  const { onLine, stop } = followPip(venv, bar);
  const pins = ['--prefer-binary', '--require-hashes', '-r', REQUIREMENTS];
  const { code, output } = await pip(venv, ['install', ...QUIETLY, ...pins], onLine);
  stop();
  if (code !== 0) throw pipFault(output);
}

/** Scripts carry the path of the environment in their first line; the staging folder's becomes the final one. */
function relocate(staging: string, venv: string): void {
  const bin = join(staging, 'bin');
  const files = readdirSync(bin).map((name) => join(bin, name));
  for (const file of [...files, join(staging, 'pyvenv.cfg')]) {
    if (!lstatSync(file).isFile()) continue;
    const bytes = readFileSync(file);
    if (!bytes.includes(0) && bytes.includes(staging)) {
      writeFileSync(file, bytes.toString('utf8').replaceAll(staging, venv));
    }
  }
}

const VERSIONS = `
import importlib.metadata as m, json
import jupyterlab, nbclient, nbconvert, jupyter_kernel_test, zmq
print(json.dumps({n: m.version(n) for n in ("jupyterlab", "nbconvert", "nbclient", "jupyter-kernel-test")}))`;

/**
 * Imports what tsdl uses and gives the versions; a fault where something is missing.
 * @throws Fault if one cannot be imported
 */
export async function packageVersions(venv = VENV): Promise<Record<string, string>> {
  const { code, output } = await runChild(pythonOf(venv), ['-I', '-c', VERSIONS], { env: pipEnvironment() });
  const line = output.split('\n').find((text) => text.startsWith('{'));
  if (code === 0 && line) return JSON.parse(line) as Record<string, string>;
  throw new Fault(
    { zh: 'Python 环境不完整。', en: 'The Python environment is incomplete.' },
    'npm run setup -- --verify',
    tail(output, 4),
  );
}

/** Makes an environment with today's pip in `staging`, which is to become `venv`. */
async function createVenv(staging: string, venv: string): Promise<Python> {
  const python = requirePython({ venv });
  const { code, output } = await runChild(python.command, ['-I', '-m', 'venv', '--clear', staging], {
    env: pipEnvironment(),
  });
  if (code !== 0)
    throw new Fault(
      { zh: '创建 Python 环境失败。', en: 'The Python environment could not be made.' },
      { zh: '按下面的提示处理后再运行：npm run setup', en: 'do what it says below, then: npm run setup' },
      tail(output),
    );
  await renewPip(staging);
  return python;
}

async function make(staging: string, bar: Progress): Promise<Made> {
  if (process.env.TSDL_OFFLINE === '1') {
    throw new Fault(
      {
        zh: '需要下载 Python 包，但设置了 TSDL_OFFLINE=1。',
        en: 'Python packages have to be downloaded, but TSDL_OFFLINE=1 is set.',
      },
      { zh: '去掉 TSDL_OFFLINE 后再运行：npm run setup', en: 'unset TSDL_OFFLINE, then: npm run setup' },
    );
  }
  const python = await createVenv(staging, VENV);
  await pipInstall(staging, bar);
  const versions = await packageVersions(staging);
  relocate(staging, VENV);
  const names = ['pyvenv.cfg', 'bin/jupyter', 'bin/jupyter-lab', 'bin/jupyter-nbconvert'];
  const files = await Promise.all(
    names.map(async (name) => stamped(staging, name, await hashFile(join(staging, name)))),
  );
  return {
    files,
    info: { python: python.version, place: VENV, ...versions },
    summary: say({
      zh: `完成：Python ${python.version}，JupyterLab ${versions.jupyterlab}`,
      en: `done: Python ${python.version}, JupyterLab ${versions.jupyterlab}`,
    }),
  };
}

/** Why an environment that was made from today's pins is of no use all the same. */
export function objectionTo(venv: string, { info }: Stamp): Text | undefined {
  if (info.place !== undefined && info.place !== venv) {
    return { zh: '项目换了位置', en: 'the project was moved' }; // scripts carry the path of their interpreter
  }
  if (!existsSync(pythonOf(venv))) return { zh: '它的 Python 已被卸载', en: 'its Python was uninstalled' };
  const [, minor] = /python3\.(\d+)$/.exec(realpathSync(pythonOf(venv))) ?? [];
  if (minor && Number(minor) !== minorOf({ version: String(info.python) })) {
    return { zh: `它的 Python 换成了 3.${minor}`, en: `its Python has become 3.${minor}` };
  }
  const named = namedPython();
  const made = named && identify(pythonOf(venv));
  if (!named || (made && isSame(named, made))) return undefined;
  return {
    zh: `TSDL_PYTHON 是 ${named.version}（${named.command}），环境是用 ${String(info.python)} 建的`,
    en: `TSDL_PYTHON is ${named.version} (${named.command}), it was made with ${String(info.python)}`,
  };
}

/** The step that makes the Python environment of requirements.txt. */
export function pythonStep(): Step {
  return {
    id: 'python',
    title: say({
      zh: '安装 Python 环境（JupyterLab 等约 100 个包）',
      en: 'Installing the Python environment (JupyterLab and others, about 100 packages)',
    }),
    dir: VENV,
    lockDir: packed ? home() : join(PROJECT, '.runtime'),
    key: () => digest(readFileSync(REQUIREMENTS, 'utf8')),
    needs: 600e6,
    objection: (stamp) => objectionTo(VENV, stamp),
    precheck: () => void requirePython(),
    make,
  };
}

const PIP_VENV = join(home(), 'pip');

/** The Python that pip is run by. */
export const pipOf = (): string => pythonOf(PIP_VENV);

/** A Python with nothing but pip, to fetch wheels where nobody has asked for JupyterLab. */
export function pipStep(): Step {
  return {
    id: 'pip',
    title: say({ zh: '准备 pip', en: 'Preparing pip' }),
    dir: PIP_VENV,
    lockDir: home(),
    key: () => digest(PIP_VENV),
    needs: 30e6,
    objection: (stamp) => objectionTo(PIP_VENV, stamp),
    precheck: () => void requirePython({ venv: PIP_VENV }),
    make: async (staging): Promise<Made> => {
      const { version } = await createVenv(staging, PIP_VENV);
      relocate(staging, PIP_VENV);
      const files = [stamped(staging, 'pyvenv.cfg', await hashFile(join(staging, 'pyvenv.cfg')))];
      return {
        files,
        info: { python: version, place: PIP_VENV },
        summary: say({ zh: `完成：Python ${version}`, en: `done: Python ${version}` }),
      };
    },
  };
}
