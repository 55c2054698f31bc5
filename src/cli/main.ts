/** The `tsdl` command: finds the sub-command's file, sets up what it needs, runs it. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { Fault } from '../../bin/bootstrap/fault';
import { plain, say, type Text } from '../../bin/bootstrap/language';
import { PROJECT } from '../engine/backend/paths';

interface Command {
  readonly text: Text;
  /** Whether everything has to be installed before it runs. */
  readonly needsSetup: boolean;
}

/** Sub-commands in the order of the help; each lives in the file of its name. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  setup: { text: { zh: '安装缺少的部分', en: 'installs what is missing' }, needsSetup: false },
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
  bench: { text: { zh: '与 PyTorch 并排测速', en: 'measures tsdl beside PyTorch' }, needsSetup: true },
  fidelity: {
    text: { zh: '与 PyTorch 逐层对比数值', en: 'compares every layer’s numbers with PyTorch’s' },
    needsSetup: true,
  },
  gallery: {
    text: { zh: '把每一种图画进一个 notebook', en: 'draws every kind of chart into a notebook' },
    needsSetup: true,
  },
  kernel: { text: { zh: '为当前用户安装内核', en: 'installs the kernel for this user' }, needsSetup: true },
  test: { text: { zh: '运行测试', en: 'runs the tests' }, needsSetup: true },
  gpucheck: {
    text: {
      zh: '在有显卡的机器上检查一切，写一份报告（npm run gpu-check）',
      en: 'checks everything on a machine with a GPU and writes a report (npm run gpu-check)',
    },
    needsSetup: false,
  },
  gpupack: {
    text: {
      zh: '打包 gpu-check，带到连不上软件源的 GPU 机器（npm run gpu-pack）',
      en: 'packs gpu-check for a GPU machine that reaches no package index (npm run gpu-pack)',
    },
    needsSetup: false,
  },
  ok: {
    text: { zh: '全部检查：格式、规则、类型、测试', en: 'all checks: format, rules, types, tests' },
    needsSetup: true,
  },
  format: { text: { zh: '统一 notebook 的写法', en: 'gives notebooks their one form' }, needsSetup: false },
};

const load = createRequire(__filename);

const fileOf = (name: string): string => join(__dirname, `${name}.ts`);

function help(): string {
  const lines = Object.entries(COMMANDS)
    .filter(([name]) => existsSync(fileOf(name)))
    .map(([name, { text }]) => `  ${name.padEnd(10)}${say(text)}`);
  return [
    say({ zh: 'tsdl <命令> [参数]', en: 'tsdl COMMAND [arguments]' }),
    '',
    ...lines,
    '',
    say({ zh: '每条命令都可加 --help。', en: 'Every command takes --help.' }),
  ].join('\n');
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
  if (!command || !existsSync(fileOf(name)))
    throw new Fault(
      { zh: `没有 tsdl ${name} 这条命令。`, en: `There is no command tsdl ${name}.` },
      'npx tsdl --help',
    );
  if (command.needsSetup && !rest.includes('--help')) {
    const { ensureSetup } = load('./setup') as { ensureSetup: () => Promise<void> };
    await ensureSetup();
  }
  const module = load(`./${name}`) as Record<string, (argv: string[]) => Promise<number>>;
  const run = module[name];
  if (!run) throw new TypeError(`Cannot run tsdl ${name}: expected src/cli/${name}.ts to export ${name}()`);
  try {
    return await run(rest);
  } catch (error) {
    throw isOfArguments(error) ? new Fault(plain(error.message), `npx tsdl ${name} --help`) : error;
  }
}

/** An argument that `parseArgs` refused: the reader's slip, which needs no stack. */
const isOfArguments = (error: unknown): error is Error =>
  error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
