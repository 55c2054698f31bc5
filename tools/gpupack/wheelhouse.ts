/** The Python packages of the headless runner (nbclient and what it needs) as wheels, for several Pythons. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { runChild } from '../../bin/bootstrap/child';
import { causeOf, Fault, tail } from '../../bin/bootstrap/fault';
import { say } from '../../bin/bootstrap/language';
import { digest, hashFile, stamped } from '../../src/engine/backend/stamp';
import { PIP_DOWNLOAD } from '../../src/setup/fetch';
import type { Made, Step } from '../../src/setup/frame';
import { pythonOf, REQUIREMENTS, requirePython, VENV } from '../../src/setup/interpreter';
import { pipEnvironment, pythonStep } from '../../src/setup/python';
import { unpackWheel } from '../../src/setup/unpack';

/** The Pythons that may be found on the machine. */
export const PYTHONS = ['3.10', '3.11', '3.12', '3.13'];
const INDEX = 'index.json';
const PLATFORMS = [
  'manylinux_2_28',
  'manylinux_2_17',
  'manylinux2014',
  'manylinux_2_12',
  'manylinux2010',
  'manylinux1',
];

/** Which wheels a Python gets, by its version. */
type Index = Readonly<Record<string, readonly string[]>>;

/** Prints the pins of the requirements on stdin that hold for one Python of any patch level on Linux. */
const PINS = `
import re, sys
from packaging.requirements import Requirement
python = {"python_version": sys.argv[1], "python_full_version": sys.argv[1] + ".0"}
linux = {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"}
for line in re.findall(r"^[^#\\s][^\\\\\\n]*", open(sys.argv[2]).read(), re.M):
    pin = Requirement(line)
    if not pin.marker or pin.marker.evaluate({**python, **linux}): print(pin.name + str(pin.specifier))`;

/** The pins of a requirements file that hold for one Python on Linux, by name. */
export async function pinsFor(requirements: string, python: string): Promise<Map<string, string>> {
  const args = ['-I', '-c', PINS, python, requirements];
  const { code, output } = await runChild(pythonOf(), args, { env: pipEnvironment() });
  if (code !== 0) throw new SyntaxError(`Cannot read ${requirements}: ${output}`);
  const pins = output.trim().split('\n');
  return new Map(pins.map((pin) => pin.split('==') as [string, string]));
}

/** Prints the names of nbclient and all it needs, markers aside: the pins choose among them. */
const CLOSURE = `
import importlib.metadata as m, re
seen, todo = set(), ["nbclient"]
while todo:
    name = re.sub(r"[-_.]+", "-", todo.pop()).lower()
    if name in seen: continue
    seen.add(name)
    try: needs = m.requires(name) or []
    except m.PackageNotFoundError: continue
    todo += [re.match(r"[A-Za-z0-9._-]+", need)[0] for need in needs if "extra ==" not in need]
print(" ".join(sorted(seen)))`;

async function runnerPackages(): Promise<string[]> {
  const { code, output } = await runChild(pythonOf(), ['-I', '-c', CLOSURE], { env: pipEnvironment() });
  const names = output.trim().split('\n').at(-1)?.split(' ') ?? [];
  if (code === 0 && names.includes('nbformat')) return names;
  throw new Fault(
    { zh: 'Python 环境不完整。', en: 'The Python environment is incomplete.' },
    'npm run setup -- --verify',
    tail(output, 4),
  );
}

async function download(python: string, specs: readonly string[], dest: string): Promise<string[]> {
  const abi = `cp${python.replace('.', '')}`;
  const { code, output } = await runChild(
    pythonOf(),
    [
      ...PIP_DOWNLOAD,
      ...[`--python-version=${python}`, `--abi=${abi}`, '--abi=abi3', '--abi=none'],
      ...[...PLATFORMS.map((tag) => `--platform=${tag}_x86_64`), `--dest=${dest}`, ...specs],
    ],
    { env: pipEnvironment() },
  );
  if (code === 0) return readdirSync(dest).sort();
  const network =
    causeOf(output) === 'network'
      ? say({ zh: '：连不上软件源', en: ': the package index does not answer' })
      : '';
  throw new Fault(
    {
      zh: `下载 Python ${python} 的运行环境失败${network}。`,
      en: `The packages for Python ${python} cannot be downloaded${network}.`,
    },
    { zh: '检查网络或代理后再运行', en: 'check the network or the proxy and run it again' },
    tail(output, 4),
  );
}

/** The step that fetches them into `dir`, one folder for each Python, and an index. */
export function wheelhouseStep(dir: string, lockDir: string): Step {
  return {
    id: 'wheelhouse',
    title: say({
      zh: `下载执行 notebook 所需的 Python 包（Python ${PYTHONS.join('、')}）`,
      en: `Downloading the Python packages that run notebooks (Python ${PYTHONS.join(', ')})`,
    }),
    dir,
    lockDir,
    key: () => digest(readFileSync(REQUIREMENTS, 'utf8') + PYTHONS.join()),
    needs: 100e6,
    make: async (staging): Promise<Made> => {
      const names = await runnerPackages();
      const index: Record<string, string[]> = {};
      for (const python of PYTHONS) {
        const pins = await pinsFor(REQUIREMENTS, python);
        const specs = names.filter((name) => pins.has(name)).map((name) => `${name}==${pins.get(name)}`);
        index[python] = await download(python, specs, join(staging, python));
      }
      writeFileSync(join(staging, INDEX), JSON.stringify(index, null, 1));
      const files = [stamped(staging, INDEX, await hashFile(join(staging, INDEX)))];
      return {
        files,
        info: { pythons: PYTHONS.length },
        summary: say({
          zh: `完成：${index[PYTHONS[0] ?? '']?.length ?? 0} 个包`,
          en: `done: ${index[PYTHONS[0] ?? '']?.length ?? 0} packages`,
        }),
      };
    },
  };
}

/** Each wheel once, and the index, below `to`. */
export function wheelhouseEntries(dir: string, to: string): { from: string; to: string }[] {
  const index = JSON.parse(readFileSync(join(dir, INDEX), 'utf8')) as Index;
  const wheels = new Map(
    Object.entries(index).flatMap(([python, names]) =>
      names.map((name) => [name, join(dir, python, name)] as const),
    ),
  );
  const files = [...wheels].sort().map(([name, from]) => ({ from, to: `${to}/${name}` }));
  return [...files, { from: join(dir, INDEX), to: `${to}/${INDEX}` }];
}

function wheelsFor(dir: string, python: string): readonly string[] {
  const index = JSON.parse(readFileSync(join(dir, INDEX), 'utf8')) as Index;
  const wheels = index[python.split('.').slice(0, 2).join('.')];
  if (wheels) return wheels;
  throw new Fault(
    {
      zh: `没有带 Python ${python} 的包，有：${Object.keys(index).join('、')}。`,
      en: `There are no packages for Python ${python} here, only for: ${Object.keys(index).join(', ')}.`,
    },
    {
      zh: '用其中一个 Python 运行 unpack.py，例如 python3.12 unpack.py',
      en: 'run unpack.py with one of these Pythons, such as python3.12 unpack.py',
    },
  );
}

async function make(dir: string, staging: string): Promise<Made> {
  const { command, version } = requirePython({ complete: false });
  const wheels = wheelsFor(dir, version);
  const venv = ['-I', '-m', 'venv', '--without-pip', '--clear', staging];
  const { code, output } = await runChild(command, venv, { env: pipEnvironment() });
  if (code !== 0)
    throw new Fault(
      { zh: '创建 Python 环境失败。', en: 'The Python environment could not be made.' },
      'sudo apt install python3-venv',
      tail(output, 4),
    );
  const [lib = ''] = readdirSync(join(staging, 'lib')).filter((name) => name.startsWith('python'));
  const packages = join('lib', lib, 'site-packages');
  for (const wheel of wheels) {
    await unpackWheel(join(dir, wheel), join(staging, packages), (entry) => !entry.includes('.data/'));
  }
  const check = await runChild(pythonOf(staging), ['-I', '-c', 'import nbclient, nbformat, zmq'], {
    env: pipEnvironment(),
  });
  if (check.code !== 0)
    throw new Fault(
      { zh: '带来的 Python 包不能用。', en: 'The packed Python packages do not work.' },
      { zh: '重新打包：npm run gpu-pack', en: 'pack again: npm run gpu-pack' },
      tail(check.output, 4),
    );
  const name = 'pyvenv.cfg';
  const files = [stamped(staging, name, await hashFile(join(staging, name)))];
  const info = { python: version, place: VENV, headless: wheels.length };
  return {
    files,
    info,
    summary: say({
      zh: `完成：Python ${version}，${wheels.length} 个包`,
      en: `done: Python ${version}, ${wheels.length} packages`,
    }),
  };
}

/** The step that makes `.venv` from the wheels in `dir` instead of from an index. */
export function offlinePythonStep(dir: string): Step {
  if (!existsSync(join(dir, INDEX))) {
    throw new Fault(
      { zh: `${dir} 里没有打包带来的 Python 包。`, en: `${dir} holds no packed Python packages.` },
      {
        zh: '由 unpack.py 运行；打包：npm run gpu-pack -- --out 目录',
        en: 'unpack.py runs this; to pack: npm run gpu-pack -- --out FOLDER',
      },
    );
  }
  return {
    ...pythonStep(),
    title: say({
      zh: '建立 Python 环境（只用于执行 notebook）',
      en: 'Making the Python environment (to run notebooks only)',
    }),
    precheck: () => undefined,
    make: (staging) => make(dir, staging),
  };
}
