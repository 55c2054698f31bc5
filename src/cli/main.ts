/** The `tsdl` command: finds the sub-command's file, sets up what it needs, runs it. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { Fault } from '../../bin/bootstrap/fault';
import { PROJECT } from '../engine/runtime/paths';

interface Command {
  readonly text: string;
  /** Whether everything has to be installed before it runs. */
  readonly needsSetup: boolean;
}

/** Sub-commands in the order of the help; each lives in the file or folder of its name. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  setup: { text: '安装缺少的部分', needsSetup: false },
  doctor: { text: '检查安装，指出问题和修复命令', needsSetup: false },
  run: { text: '执行 notebook(npm run notebooks)', needsSetup: true },
  lab: { text: '打开 JupyterLab', needsSetup: true },
  handout: { text: '导出讲义', needsSetup: true },
  release: { text: '给学生的 notebook，或 nbgrader 课程', needsSetup: false },
  bench: { text: '与 PyTorch 并排测速', needsSetup: true },
  fidelity: { text: '与 PyTorch 逐层对比数值', needsSetup: true },
  gallery: { text: '把每一种图画进一个 notebook', needsSetup: true },
  kernel: { text: '为当前用户安装内核', needsSetup: true },
  test: { text: '运行测试', needsSetup: true },
  gpucheck: { text: '在有显卡的机器上检查一切，写一份报告（npm run gpu-check）', needsSetup: false },
  gpupack: { text: '打包 gpu-check，带到连不上软件源的 GPU 机器（npm run gpu-pack）', needsSetup: false },
  ok: { text: '全部检查：格式、规则、类型、测试', needsSetup: true },
  format: { text: '统一 notebook 的写法', needsSetup: false },
};

const load = createRequire(__filename);

const isThere = (name: string): boolean =>
  [`${name}.ts`, join(name, 'index.ts')].some((file) => existsSync(join(__dirname, file)));

function help(): string {
  const lines = Object.entries(COMMANDS)
    .filter(([name]) => isThere(name))
    .map(([name, { text }]) => `  ${name.padEnd(10)}${text}`);
  return ['tsdl <命令> [参数]', '', ...lines, '', '每条命令都可加 --help。'].join('\n');
}

function version(): string {
  return (JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string }).version;
}

/** Runs `tsdl NAME …` and gives the exit code. */
export async function main(argv: string[]): Promise<number> {
  const [name = '--help', ...rest] = argv;
  if (name === '--help' || name === 'help') console.log(help());
  if (name === '--version') console.log(version());
  if (['--help', 'help', '--version'].includes(name)) return 0;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command || !isThere(name)) throw new Fault(`没有 tsdl ${name} 这条命令。`, 'npx tsdl --help');
  if (command.needsSetup && !rest.includes('--help')) {
    const { ensureSetup } = load('./setup') as { ensureSetup: () => Promise<void> };
    await ensureSetup();
  }
  const module = load(`./${name}`) as Record<string, (argv: string[]) => Promise<number>>;
  const run = module[name];
  if (!run) throw new TypeError(`Cannot run tsdl ${name}: expected src/cli/${name} to export ${name}()`);
  try {
    return await run(rest);
  } catch (error) {
    throw isOfArguments(error) ? new Fault(error.message, `npx tsdl ${name} --help`) : error;
  }
}

/** An argument that `parseArgs` refused: the reader's slip, which needs no stack. */
const isOfArguments = (error: unknown): error is Error =>
  error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
