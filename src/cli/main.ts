/** The `tsdl` command: finds the sub-command's file, sets up what it needs, runs it. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';

import { Fault } from '../../bin/bootstrap/fault';
import { told } from '../../bin/bootstrap/place';
import { ownVersion } from '../engine/runtime/paths';
import type { Need } from './setup';

interface Command {
  readonly text: string;
  /** What has to be installed before it runs; a checkout installs everything or nothing. */
  readonly needs: readonly Need[];
}

const NOTEBOOKS: readonly Need[] = ['native', 'fonts', 'kernel', 'python'];

/** Sub-commands in the order of the help; each lives in the file of its name. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  setup: { text: '安装缺少的部分', needs: [] },
  doctor: { text: '检查安装，指出问题和修复命令', needs: [] },
  run: { text: '执行 notebook(npm run notebooks)', needs: NOTEBOOKS },
  lab: { text: '打开 JupyterLab', needs: NOTEBOOKS },
  handout: { text: '导出讲义', needs: ['handout', 'fonts'] },
  new: { text: '新建一门课：一个带练习、自检和答案的 notebook', needs: [] },
  bench: { text: '与 PyTorch 并排测速', needs: NOTEBOOKS },
  fidelity: { text: '与 PyTorch 逐层对比数值', needs: NOTEBOOKS },
  gallery: { text: '把每一种图画进一个 notebook', needs: NOTEBOOKS },
  kernel: { text: '为当前用户安装内核', needs: [] },
  test: { text: '运行测试', needs: NOTEBOOKS },
  gpucheck: { text: '在有显卡的机器上检查一切，写一份报告（npm run gpu-check）', needs: [] },
  gpupack: { text: '打包 gpu-check，带到连不上软件源的 GPU 机器（npm run gpu-pack）', needs: [] },
  ok: { text: '全部检查：格式、规则、类型、测试', needs: NOTEBOOKS },
  format: { text: '统一 notebook 的写法', needs: [] },
};

const load = createRequire(__filename);

const fileOf = (name: string): string => join(__dirname, name + extname(__filename));

function help(): string {
  const lines = Object.entries(COMMANDS)
    .filter(([name]) => existsSync(fileOf(name)))
    .map(([name, { text }]) => `  ${name.padEnd(10)}${told(text)}`);
  return ['tsdl <命令> [参数]', '', ...lines, '', '每条命令都可加 --help。'].join('\n');
}

/** Runs `tsdl NAME …` and gives the exit code. */
export async function main(argv: string[]): Promise<number> {
  const [name = '--help', ...rest] = argv;
  if (name === '--help' || name === 'help') console.log(help());
  if (name === '--version') console.log(ownVersion());
  if (['--help', 'help', '--version'].includes(name)) return 0;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command || !existsSync(fileOf(name)))
    throw new Fault(`没有 tsdl ${name} 这条命令。`, 'npx tsdl --help');
  if (command.needs.length > 0 && !rest.includes('--help')) {
    const { ensureSetup } = load('./setup') as { ensureSetup: (needs: readonly Need[]) => Promise<void> };
    await ensureSetup(command.needs);
  }
  const module = load(`./${name}`) as Record<string, (argv: string[]) => Promise<number>>;
  const run = module[name];
  if (!run) throw new TypeError(`Cannot run tsdl ${name}: expected src/cli/${name}.ts to export ${name}()`);
  try {
    return await run(rest);
  } catch (error) {
    throw isOfArguments(error) ? new Fault(error.message, `npx tsdl ${name} --help`) : error;
  }
}

/** An argument that `parseArgs` refused: the reader's slip, which needs no stack. */
const isOfArguments = (error: unknown): error is Error =>
  error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
