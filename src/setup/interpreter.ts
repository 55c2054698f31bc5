/** Which Python makes the environment: the one TSDL_PYTHON names, the one that made it before, or one on the PATH. */
import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

import { Fault } from '../../bin/bootstrap/fault';
import type { Text } from '../../bin/bootstrap/language';
import { home, packed, PROJECT } from '../engine/backend/paths';
import { digest } from '../engine/backend/stamp';

/** The pinned packages of the Python environment, with their hashes. */
export const REQUIREMENTS = join(PROJECT, 'requirements.txt');
/** In the checkout; projects that installed the package share one for the same requirements. */
export const VENV = packed
  ? join(home(), `python-${digest(readFileSync(REQUIREMENTS, 'utf8')).slice(0, 8)}`)
  : join(PROJECT, '.venv');
/** The minor versions of Python 3 that `npm run test:pythons` checks requirements.txt for. */
export const MINORS: readonly number[] = [15, 14, 13, 12, 11, 10, 9];
const RANGE = {
  zh: `3.${Math.min(...MINORS)} 到 3.${Math.max(...MINORS)}`,
  en: `3.${Math.min(...MINORS)} to 3.${Math.max(...MINORS)}`,
};
const ANSWER_MS = 20_000;

/** The interpreter of an environment; our own is in `.venv`. */
export const pythonOf = (venv = VENV): string => join(venv, 'bin/python');

/** A Python interpreter that answers. */
export interface Python {
  readonly command: string;
  readonly version: string;
  /** `cpython` is the only one whose wheels are pinned; a build without the GIL needs others too. */
  readonly kind: string;
  /** The installation behind it, also behind an environment: `/usr`. */
  readonly home: string;
  /** Whether `venv` and `ensurepip` can be imported (Debian packages them apart). */
  readonly complete: boolean;
}

/** Python 2 knows no `-I`: the folder one stands in is taken from the path before anything is imported from it. */
const ASK = `
import sys
del sys.path[0]
import json, os
about = {"version": "%d.%d.%d" % sys.version_info[:3], "kind": "", "home": "", "complete": False}
if sys.version_info >= (3, 4):
    import importlib.util as u, sysconfig as c
    about["kind"] = sys.implementation.name + ("-nogil" if c.get_config_var("Py_GIL_DISABLED") else "")
    about["home"] = os.path.realpath(sys.base_prefix)
    about["complete"] = all(map(u.find_spec, ("venv", "ensurepip")))
print(json.dumps(about))`;

/** What a command answers that is asked who it is; undefined where it is no Python. */
export function identify(command: string): Python | undefined {
  const { status, stdout } = spawnSync(command, ['-E', '-s', '-c', ASK], {
    encoding: 'utf8',
    timeout: ANSWER_MS,
  });
  const line = status === 0 ? stdout.split('\n').find((text) => text.startsWith('{"version"')) : undefined;
  return line === undefined ? undefined : { command, ...(JSON.parse(line) as Omit<Python, 'command'>) };
}

/** The 11 of Python 3.11.2; −1 for Python 2. */
export const minorOf = ({ version }: Pick<Python, 'version'>): number => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < 3 ? -1 : minor;
};

/** Whether two commands lead to one installation. */
export const isSame = (a: Python, b: Python): boolean => a.home === b.home && minorOf(a) === minorOf(b);

/** Why an interpreter is not the one to build with; undefined where requirements.txt has wheels for it. */
function unsuited(python: Python): Text | undefined {
  const what = { zh: `${python.command} 是 ${python.version}`, en: `${python.command} is ${python.version}` };
  if (minorOf(python) < Math.min(...MINORS))
    return {
      zh: `Python 太旧：需要 ${RANGE.zh}，${what.zh}。`,
      en: `Python is too old: ${RANGE.en} is needed, ${what.en}.`,
    };
  if (minorOf(python) > Math.max(...MINORS))
    return {
      zh: `Python 太新：需要 ${RANGE.zh}，${what.zh}。`,
      en: `Python is too new: ${RANGE.en} is needed, ${what.en}.`,
    };
  return python.kind === 'cpython'
    ? undefined
    : {
        zh: `需要普通的 CPython，${what.zh}（${python.kind}）。`,
        en: `An ordinary CPython is needed, ${what.en} (${python.kind}).`,
      };
}

const OTHER = {
  zh: '用 TSDL_PYTHON=<解释器路径> 指定另一个',
  en: 'name another one with TSDL_PYTHON=<path>',
};
const installHint = (): string =>
  process.platform === 'darwin' ? 'brew install python' : 'sudo apt install python3 python3-venv';

/**
 * The interpreter that TSDL_PYTHON names, undefined where it names none; a fault where that one does not do.
 * @throws Fault if that one does not run or does not do
 */
export function namedPython(): Python | undefined {
  const command = process.env.TSDL_PYTHON;
  if (!command) return undefined;
  const python = identify(command);
  if (!python)
    throw new Fault(
      {
        zh: `TSDL_PYTHON=${command} 不是能运行的 Python。`,
        en: `TSDL_PYTHON=${command} is no Python that runs.`,
      },
      { zh: `${OTHER.zh}，或去掉它`, en: `${OTHER.en}, or unset it` },
    );
  const why = unsuited(python);
  if (why) throw new Fault(why, { zh: `${OTHER.zh}，或去掉它`, en: `${OTHER.en}, or unset it` });
  return python;
}

/** The interpreter that an environment was made with, as long as it is there. */
function makerOf(venv: string): string | undefined {
  try {
    return realpathSync(pythonOf(venv));
  } catch {
    return undefined; // no environment yet, or its Python was uninstalled
  }
}

/** The best of the interpreter that made `venv` and those of the usual names, asked until one does. */
function findPython(venv: string): Python | undefined {
  const names = [makerOf(venv), 'python3', ...MINORS.map((minor) => `python3.${minor}`), 'python'];
  const rank = (python: Python): number => Number(!unsuited(python)) * 2 + Number(python.complete);
  let best: Python | undefined;
  for (const name of names) {
    const python = name === undefined ? undefined : identify(name);
    if (python && (!best || rank(python) > rank(best))) best = python;
    if (best && rank(best) === 3) break;
  }
  return best;
}

/**
 * An interpreter good for the environment, or a fault that says what to install.
 * @param complete whether it has to have ensurepip
 * @throws Fault that says what to install
 */
export function requirePython({ complete = true, venv = VENV } = {}): Python {
  const python = namedPython() ?? findPython(venv);
  if (!python)
    throw new Fault(
      { zh: `找不到 Python（需要 ${RANGE.zh}）。`, en: `There is no Python ${RANGE.en}.` },
      installHint(),
    );
  const why = unsuited(python);
  if (why)
    throw new Fault(why, { zh: `${installHint()}；或${OTHER.zh}`, en: `${installHint()}; or ${OTHER.en}` });
  if (python.complete || !complete) return python;
  const debian = python.home === '/usr' && process.platform === 'linux';
  throw new Fault(
    {
      zh: `Python ${python.version}（${python.command}）缺少 venv / ensurepip 模块。`,
      en: `Python ${python.version} (${python.command}) lacks the modules venv or ensurepip.`,
    },
    debian ? `sudo apt install python3.${minorOf(python)}-venv` : OTHER,
  );
}
