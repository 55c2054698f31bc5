/** The Python environment and what it has to know about our kernel. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { Fault } from '../../../bin/bootstrap/fault';
import { PROJECT } from '../../engine/backend/paths';
import { text } from '../../engine/backend/text';
import { installedKernelspec, KERNELSPEC, kernelspecReady } from '../../setup/kernelspec';
import { packageVersions, pythonStep } from '../../setup/python';
import { verdictOf } from '../../setup/step';
import { type Check, fault, ok, plain } from './check';

const SETUP = 'npm run setup';

export async function checkJupyter(): Promise<Check> {
  const label = plain('Jupyter');
  const verdict = verdictOf(pythonStep());
  if (verdict.state === 'missing') return fault('jupyter', label, text('没有安装', 'not installed'), SETUP);
  if (verdict.state === 'outdated') {
    return fault(
      'jupyter',
      label,
      text('环境与 requirements.txt 不符', 'the environment is outdated'),
      SETUP,
    );
  }
  if (verdict.state === 'corrupt') {
    const { file, detail } = verdict;
    return fault('jupyter', label, text(`${file}：${detail.zh}`, `${file}: ${detail.en}`), SETUP);
  }
  const headless = verdict.state === 'ok' ? verdict.stamp.info.headless : undefined;
  if (headless !== undefined) {
    return ok(
      'jupyter',
      label,
      text(`只有执行 notebook 的 ${headless} 个包`, `${headless} packages, to run notebooks only`),
    );
  }
  try {
    const versions = await packageVersions();
    const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
    return ok('jupyter', label, plain(list.join(', ')));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const value = text(`${error.message}${error.details.trim()}`, `incomplete: ${error.details.trim()}`);
    return fault('jupyter', label, value, 'rm -rf .venv && npm run setup');
  }
}

export function checkKernelspec(): Check {
  const label = text('内核', 'Kernelspec');
  const installed = installedKernelspec();
  if (installed === undefined) {
    return fault('kernelspec', label, text('没有注册', 'not registered'), SETUP);
  }
  if (!kernelspecReady()) {
    const value = text('指向别的 Node 或文件夹', 'it points to another Node or folder');
    return fault('kernelspec', label, value, SETUP);
  }
  const entry = join(PROJECT, 'bin/kernel.js');
  if (!existsSync(entry)) {
    return fault(
      'kernelspec',
      label,
      text(`缺少 ${entry}`, `${entry} is missing`),
      'git checkout bin/kernel.js',
    );
  }
  return ok('kernelspec', label, plain(KERNELSPEC));
}
