/** What those who work on tsdl call, by `npm run`; `npm test` among them. */
import { type CommandLine, help, runCommand } from '../src/cli/command';

/** A checkout installs everything or nothing. */
const ALL = ['native', 'python'] as const;

export const TOOLS: CommandLine = {
  call: 'node bin/tool.js',
  dir: __dirname,
  commands: {
    test: { text: { zh: '运行测试', en: 'runs the tests' }, needs: ALL },
    ok: {
      text: { zh: '全部检查：格式、规则、类型、测试', en: 'all checks: format, rules, types, tests' },
      needs: ALL,
    },
    format: { text: { zh: '统一 notebook 的写法', en: 'gives notebooks their one form' }, needs: [] },
    bench: { text: { zh: '与 PyTorch 并排测速', en: 'measures tsdl beside PyTorch' }, needs: ALL },
    fidelity: {
      text: { zh: '与 PyTorch 逐层对比数值', en: 'compares every layer’s numbers with PyTorch’s' },
      needs: ALL,
    },
    gallery: {
      text: { zh: '把每一种图画进一个 notebook', en: 'draws every kind of chart into a notebook' },
      needs: ALL,
    },
    gpucheck: {
      text: {
        zh: '在有显卡的机器上检查一切，写一份报告（npm run gpu-check）',
        en: 'checks everything on a machine with a GPU and writes a report (npm run gpu-check)',
      },
      needs: [],
    },
    gpupack: {
      text: {
        zh: '打包 gpu-check，带到连不上软件源的 GPU 机器（npm run gpu-pack）',
        en: 'packs gpu-check for a GPU machine that reaches no package index (npm run gpu-pack)',
      },
      needs: [],
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
