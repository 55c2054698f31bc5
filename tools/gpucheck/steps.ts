/** The steps of a check, each a program of its own whose answer is read and judged. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { say } from '../../bin/bootstrap/language';
import { PROJECT } from '../../src/engine/backend/paths';
import type { Options } from './options';
import {
  judgeBench,
  judgeCudnn,
  judgeDoctor,
  judgeFidelity,
  judgeNotebooks,
  judgeSoak,
  judgeTests,
  type Verdict,
} from './verdicts';

export interface CheckStep {
  readonly name: string;
  readonly title: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Judges the exit code, what was printed on stdout, and the files that were written. */
  readonly judge: (code: number, stdout: string) => Verdict;
}

const tsdl = join(PROJECT, 'bin/tsdl.js');
const tool = join(PROJECT, 'bin/tool.js');
const SOAK = join(__dirname, 'soak.ts');
const CUDNN = join(__dirname, 'cudnn.ts');
const TS = ['-r', 'ts-node/register/transpile-only'];

function fileJson<T>(path: string): T | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : undefined;
}

/** What is known only on the device itself: setup, the marked tests, the numbers, the memory. */
const deviceSteps = ({ kind, quick }: Options): CheckStep[] => [
  {
    name: 'doctor',
    title: say({ zh: '设备', en: 'device' }),
    args: [tsdl, 'doctor', '--json', '--lang', 'en'],
    judge: (code, stdout) => judgeDoctor(kind, code, stdout),
  },
  {
    name: 'tests',
    title: say({ zh: '标有 gpu 的测试（TF32 关）', en: 'tests marked gpu (TF32 off)' }),
    args: [tool, 'test', 'test/engine/gpu.test.ts'],
    env: { TSDL_TF32: '0' },
    judge: (code, stdout) => judgeTests(kind, code, stdout),
  },
  {
    name: 'fidelity',
    title: say({ zh: '与 PyTorch 的差（TF32 关）', en: 'differences from PyTorch (TF32 off)' }),
    args: [tool, 'fidelity', '--json'],
    env: { TSDL_TF32: '0' },
    judge: judgeFidelity,
  },
  {
    name: 'cudnn',
    title: say({ zh: 'LSTM 和 GRU 用 cuDNN（TF32 关）', en: 'LSTM and GRU by cuDNN (TF32 off)' }),
    args: [...TS, CUDNN],
    env: { TSDL_TF32: '0' },
    judge: (code, stdout) => judgeCudnn(kind, code, stdout),
  },
  {
    name: 'memory',
    title: say({ zh: '长时间训练，内存是否增长', en: 'long training: does memory grow?' }),
    args: [...TS, SOAK, quick ? '5' : '60'],
    judge: (code, stdout) => judgeSoak(kind, code, stdout),
  },
];

/** All steps in their order; `only` of the options chooses among them later. */
export function checkSteps(options: Options): CheckStep[] {
  const { device, quick, profile, peer, out } = options;
  const notebooks = join(out, 'notebooks');
  const bench = join(out, 'bench.json');
  const run = ['run', '--profile', profile, '--out', notebooks, ...(quick ? ['--only', '02,04'] : [])];
  const measured = ['bench', '--json', bench, ...(peer === undefined ? [] : ['--peer', peer])];
  return [
    ...deviceSteps(options),
    {
      name: 'notebooks',
      title: say({ zh: `notebook（${profile}）`, en: `notebooks (${profile})` }),
      args: [tsdl, ...run],
      judge: (code) => judgeNotebooks(device, code, fileJson(join(notebooks, 'report.json'))),
    },
    {
      name: 'bench',
      title: say({ zh: '与 PyTorch 并排测速', en: 'speed beside PyTorch' }),
      args: [tool, ...measured, ...(quick ? ['--only', 'mlp', '--rounds', '0.2', '--no-torch-compile'] : [])],
      judge: (code, stdout) => judgeBench(code, stdout, fileJson(bench)),
    },
  ];
}
