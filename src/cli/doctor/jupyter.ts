/** The Python environment and what it has to know about our kernel. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { Fault } from '../../../bin/bootstrap/fault';
import { plain } from '../../../bin/bootstrap/language';
import { packed, PROJECT } from '../../engine/backend/paths';
import type { Condition } from '../../engine/backend/stamp';
import { conditionOf } from '../../setup/frame';
import { installedKernelspec, KERNELSPEC, kernelspecReady, nodeOf } from '../../setup/kernelspec';
import { packageVersions, pythonStep } from '../../setup/python';
import { type Check, fault, info, ok } from './finding';

const SETUP = 'npm run setup';

/** The package brings JupyterLab only to those who open or execute a notebook with it. */
const ON_DEMAND = {
  zh: '没有安装；tsdl lab 或 tsdl run 会装',
  en: 'not installed; tsdl lab or tsdl run installs it',
};

/** What is installed; a TSDL_PYTHON that does not do is told in the line about Python. */
function pythonCondition(): Condition {
  try {
    return conditionOf(pythonStep());
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return conditionOf({ ...pythonStep(), objection: undefined });
  }
}

/** Whether the Python environment is there, complete, and as pinned. */
export async function checkJupyter(): Promise<Check> {
  const label = plain('Jupyter');
  const condition = pythonCondition();
  if (condition.state === 'missing') {
    if (packed) return info('jupyter', label, ON_DEMAND);
    return fault('jupyter', label, { zh: '没有安装', en: 'not installed' }, SETUP);
  }
  if (condition.state === 'outdated') {
    const pins = { zh: '环境与 requirements.txt 不符', en: 'the environment is outdated' };
    return fault('jupyter', label, condition.why ?? pins, SETUP);
  }
  if (condition.state === 'corrupt') {
    const { file, detail } = condition;
    return fault('jupyter', label, { zh: `${file}：${detail.zh}`, en: `${file}: ${detail.en}` }, SETUP);
  }
  const headless = condition.state === 'ok' ? condition.stamp.info.headless : undefined;
  if (headless !== undefined) {
    return ok('jupyter', label, {
      zh: `只有执行 notebook 的 ${headless} 个包`,
      en: `${headless} packages, to run notebooks only`,
    });
  }
  try {
    const versions = await packageVersions();
    const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
    return ok('jupyter', label, plain(list.join(', ')));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const value = plain(`${error.message}${error.details.trim()}`);
    return fault('jupyter', label, value, 'rm -rf .venv && npm run setup');
  }
}

/** Whether the kernel is registered, for this Node and this folder. */
export function checkKernelspec(): Check {
  const label = { zh: '内核', en: 'Kernelspec' };
  const installed = installedKernelspec();
  if (installed === undefined) {
    if (packed) return info('kernelspec', label, ON_DEMAND, 'npx tsdl kernel install --user');
    return fault('kernelspec', label, { zh: '没有注册', en: 'not registered' }, SETUP);
  }
  if (!kernelspecReady()) {
    const node = nodeOf(installed);
    return node
      ? info('kernelspec', label, { zh: `用的是 ${node}`, en: `it starts ${node}` }, SETUP)
      : fault('kernelspec', label, { zh: '指向别的文件夹', en: 'it points to another folder' }, SETUP);
  }
  const entry = join(PROJECT, 'bin/kernel.js');
  if (!existsSync(entry)) {
    return fault(
      'kernelspec',
      label,
      { zh: `缺少 ${entry}`, en: `${entry} is missing` },
      'git checkout bin/kernel.js',
    );
  }
  return ok('kernelspec', label, plain(KERNELSPEC));
}
