/** The `tsdl` command: what README names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { PROJECT } from '../engine/backend/paths';
import { type CommandLine, help, runCommand } from './command';

export const TSDL: CommandLine = {
  call: 'npx tsdl',
  dir: __dirname,
  commands: {
    setup: { text: '安装缺少的部分', needsSetup: false, path: '../setup' },
    doctor: { text: '检查安装，指出问题和修复命令', needsSetup: false },
    run: { text: '执行 notebook(npm run notebooks)', needsSetup: true },
    lab: { text: '打开 JupyterLab', needsSetup: true },
    handout: { text: '导出讲义', needsSetup: true },
    release: { text: '给学生的 notebook，或 nbgrader 课程', needsSetup: false },
    kernel: { text: '为当前用户安装内核', needsSetup: true },
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
