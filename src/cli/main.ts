/** The `tsdl` command: what README names. */
import { ownVersion } from '../engine/backend/paths';
import type { Need } from '../setup';
import { type CommandLine, help, runCommand } from './command';

const NOTEBOOKS: readonly Need[] = ['native', 'fonts', 'kernel', 'python'];

export const TSDL: CommandLine = {
  call: 'npx tsdl',
  dir: __dirname,
  commands: {
    setup: { text: '安装缺少的部分', needs: [], path: '../setup' },
    doctor: { text: '检查安装，指出问题和修复命令', needs: [] },
    run: { text: '执行 notebook(npm run notebooks)', needs: NOTEBOOKS },
    lab: { text: '打开 JupyterLab', needs: NOTEBOOKS },
    handout: { text: '导出讲义', needs: ['handout', 'fonts'] },
    release: { text: '给学生的 notebook，或 nbgrader 课程', needs: [] },
    kernel: { text: '为当前用户安装内核', needs: [] },
    new: { text: '新建一门课：一个带练习、自检和答案的 notebook', needs: [] },
  },
};

/** Runs `tsdl NAME …` and gives the exit code. */
export async function main(argv: string[]): Promise<number> {
  const [name = '--help', ...rest] = argv;
  if (name === '--help' || name === 'help') console.log(help(TSDL));
  else if (name === '--version') console.log(ownVersion());
  else return runCommand(TSDL, name, rest);
  return 0;
}
