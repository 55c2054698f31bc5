/** The Python environment and what it has to know about our kernel. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { Fault } from '../../../bin/bootstrap/fault';
import { PROJECT } from '../../engine/backend/paths';
import type { Verdict } from '../../engine/backend/stamp';
import { text } from '../../engine/backend/text';
import { installedKernelspec, KERNELSPEC, kernelspecReady, nodeOf } from '../../setup/kernelspec';
import { packageVersions, pythonStep } from '../../setup/python';
import { verdictOf } from '../../setup/step';
import { type Check, fault, info, ok, plain } from './check';

const SETUP = 'npm run setup';

/** What is installed; a TSDL_PYTHON that does not do is told in the line about Python. */
function verdictOfPython(): Verdict {
  try {
    return verdictOf(pythonStep());
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return verdictOf({ ...pythonStep(), objection: undefined });
  }
}

export async function checkJupyter(): Promise<Check> {
  const label = plain('Jupyter');
  const verdict = verdictOfPython();
  if (verdict.state === 'missing') return fault('jupyter', label, text('没有安装', 'not installed'), SETUP);
  if (verdict.state === 'outdated') {
    const pins = text('环境与 requirements.txt 不符', 'the environment is outdated');
    return fault('jupyter', label, verdict.why ?? pins, SETUP);
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
    const node = nodeOf(installed);
    return node
      ? info('kernelspec', label, text(`用的是 ${node}`, `it starts ${node}`), SETUP)
      : fault('kernelspec', label, text('指向别的文件夹', 'it points to another folder'), SETUP);
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
