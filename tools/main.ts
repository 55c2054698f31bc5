/** What those who work on tsdl call, by `npm run`; `npm test` among them. */
import { type CommandLine, help, runCommand } from '../src/cli/command';

export const TOOLS: CommandLine = {
  call: 'node bin/tool.js',
  dir: __dirname,
  commands: {
    test: { text: '运行测试', needsSetup: true },
    ok: { text: '全部检查：格式、规则、类型、测试', needsSetup: true },
    format: { text: '统一 notebook 的写法', needsSetup: false },
    bench: { text: '与 PyTorch 并排测速', needsSetup: true },
    fidelity: { text: '与 PyTorch 逐层对比数值', needsSetup: true },
    gallery: { text: '把每一种图画进一个 notebook', needsSetup: true },
    gpucheck: { text: '在有显卡的机器上检查一切，写一份报告（npm run gpu-check）', needsSetup: false },
    gpupack: {
      text: '打包 gpu-check，带到连不上软件源的 GPU 机器（npm run gpu-pack）',
      needsSetup: false,
    },
  },
};

/** Runs a tool and gives the exit code. */
export async function main(argv: string[]): Promise<number> {
  const [name = '--help', ...rest] = argv;
  if (name !== '--help') return runCommand(TOOLS, name, rest);
  console.log(help(TOOLS));
  return 0;
}
