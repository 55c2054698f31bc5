/** Where npm and pip fetch from, and whether that answers now. */
import { existsSync } from 'node:fs';

import { runChild } from '../../../bin/bootstrap/child';
import { plain, say } from '../../../bin/bootstrap/language';
import { PROJECT } from '../../engine/backend/paths';
import { pythonOf } from '../../setup/interpreter';
import { type Check, info, ok, warning } from './finding';

/** A URL without user name and password, or the text as it is. */
export function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^/@\s]*@/, '//');
}

/** npm as setup calls it: a folder one happens to stand in has no say in where it asks, and what it tells there. */
const npm = (...args: string[]): ReturnType<typeof runChild> =>
  runChild('npm', [...args, '--loglevel=error'], { cwd: PROJECT });

async function checkNpmRegistry(): Promise<Check> {
  const label = { zh: 'npm 源', en: 'npm registry' };
  const registry = withoutSecrets((await npm('config', 'get', 'registry')).output.trim());
  const { code } = await npm('view', 'tslab', 'version', '--fetch-retries=0', '--fetch-timeout=5000');
  if (code === 0) return ok('npm-registry', label, plain(registry));
  const mend = say({
    zh: 'npm config set registry <镜像地址>',
    en: 'npm config set registry <a mirror’s address>',
  });
  return warning(
    'npm-registry',
    label,
    { zh: `${registry} 连不上`, en: `${registry} does not answer` },
    mend,
  );
}

/** The address of the package index that pip is set to; undefined where it is PyPI's own. */
export async function pipIndex(python: string): Promise<string | undefined> {
  if (process.env.PIP_INDEX_URL) return process.env.PIP_INDEX_URL;
  const { output } = await runChild(python, ['-I', '-m', 'pip', 'config', 'list']);
  return /index-url='([^']+)'/.exec(output)?.[1];
}

async function checkPipIndex(): Promise<Check> {
  const label = { zh: 'pip 源', en: 'pip index' };
  const python = existsSync(pythonOf()) ? pythonOf() : 'python3';
  const quick = ['--retries=0', '--timeout=5', '--disable-pip-version-check'];
  const index = withoutSecrets((await pipIndex(python)) ?? 'PyPI');
  const { code } = await runChild(python, ['-I', '-m', 'pip', 'index', 'versions', 'jupyterlab', ...quick]);
  if (code === 0) return ok('pip-index', label, plain(index));
  const mend = say({
    zh: 'pip config set global.index-url <镜像地址>',
    en: 'pip config set global.index-url <a mirror’s address>',
  });
  return warning('pip-index', label, { zh: `${index} 连不上`, en: `${index} does not answer` }, mend);
}

/** Both sources; only names are looked up. With TSDL_OFFLINE=1 nobody is asked. */
export async function checkMirrors(): Promise<Check[]> {
  if (process.env.TSDL_OFFLINE === '1') {
    const value = { zh: '离线（TSDL_OFFLINE=1），不检查', en: 'offline (TSDL_OFFLINE=1), not asked' };
    return [info('mirrors', { zh: '软件源', en: 'Mirrors' }, value)];
  }
  return Promise.all([checkNpmRegistry(), checkPipIndex()]);
}
