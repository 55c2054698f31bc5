/** The `tsdl` command: what README names. */
import { ownVersion } from '../engine/backend/paths';
import type { Need } from '../setup';
import { type CommandLine, help, runCommand } from './command';

const NOTEBOOKS: readonly Need[] = ['native', 'fonts', 'kernel', 'python'];

/** The commands of `tsdl`. */
export const TSDL: CommandLine = {
  call: 'npx tsdl',
  dir: __dirname,
  commands: {
    setup: { text: { zh: '安装缺少的部分', en: 'installs what is missing' }, needs: [], path: '../setup' },
    doctor: {
      text: {
        zh: '检查安装，指出问题和修复命令',
        en: 'looks at the installation, says what is wrong and what mends it',
      },
      needs: [],
    },
    run: {
      text: { zh: '执行 notebook(npm run notebooks)', en: 'runs notebooks (npm run notebooks)' },
      needs: NOTEBOOKS,
    },
    launch: {
      text: {
        zh: '在多个进程、显卡或机器上训练一个模型',
        en: 'trains one model in several processes, on several cards or machines',
      },
      needs: ['native'],
    },
    lab: { text: { zh: '打开 JupyterLab', en: 'opens JupyterLab' }, needs: NOTEBOOKS },
    lsp: {
      text: {
        zh: '语言服务器：写代码时就显示错误（lab 会启动它）',
        en: 'the language server: errors while typing (lab starts it)',
      },
      needs: [],
    },
    handout: { text: { zh: '导出讲义', en: 'prints the course' }, needs: ['handout', 'fonts'] },
    release: {
      text: {
        zh: '给学生的 notebook，或 nbgrader 课程',
        en: 'the notebooks for students, or an nbgrader course',
      },
      needs: [],
    },
    kernel: { text: { zh: '为当前用户安装内核', en: 'installs the kernel for this user' }, needs: [] },
    new: {
      text: {
        zh: '新建一门课：一个带练习、自检和答案的 notebook',
        en: 'begins a course: a notebook with an exercise, its check and its solution',
      },
      needs: [],
    },
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
