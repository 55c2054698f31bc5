/** The `tsdl` command: what README names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { PROJECT } from '../engine/backend/paths';
import { type CommandLine, help, runCommand } from './command';

export const TSDL: CommandLine = {
  call: 'npx tsdl',
  dir: __dirname,
  commands: {
    setup: {
      text: { zh: '安装缺少的部分', en: 'installs what is missing' },
      needsSetup: false,
      path: '../setup',
    },
    doctor: {
      text: {
        zh: '检查安装，指出问题和修复命令',
        en: 'looks at the installation, says what is wrong and what mends it',
      },
      needsSetup: false,
    },
    run: {
      text: { zh: '执行 notebook(npm run notebooks)', en: 'runs notebooks (npm run notebooks)' },
      needsSetup: true,
    },
    lab: { text: { zh: '打开 JupyterLab', en: 'opens JupyterLab' }, needsSetup: true },
    handout: { text: { zh: '导出讲义', en: 'prints the course' }, needsSetup: true },
    kernel: { text: { zh: '为当前用户安装内核', en: 'installs the kernel for this user' }, needsSetup: true },
  },
};

function version(): string {
  return (JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string }).version;
}

/** Runs `tsdl NAME …` and gives the exit code. */
export async function main(argv: string[]): Promise<number> {
  const [name = '--help', ...rest] = argv;
  if (name === '--help' || name === 'help') console.log(help(TSDL));
  else if (name === '--version') console.log(version());
  else return runCommand(TSDL, name, rest);
  return 0;
}
