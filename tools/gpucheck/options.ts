/** The command line of `tsdl gpucheck`. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { Fault } from '../../bin/bootstrap/fault';
import { PROJECT } from '../../src/engine/backend/paths';

const NAMES = ['doctor', 'tests', 'fidelity', 'cudnn', 'memory', 'notebooks', 'bench'] as const;

export interface Options {
  readonly kind: 'gpu' | 'cpu';
  /** What TSDL_DEVICE will be: `gpu:1`. */
  readonly device: string;
  /** nvidia-smi's number of the card. */
  readonly card: number;
  /** A few minutes instead of an hour: two notebooks, one workload, a short training. */
  readonly quick: boolean;
  readonly profile: 'smoke' | 'full';
  /** Python with PyTorch. */
  readonly peer: string | undefined;
  readonly only: readonly string[];
  /** Folder of the report and of each step's log. */
  readonly out: string;
}

export const USAGE = `tsdl gpucheck [--device gpu|gpu:1|cpu] [--peer PYTHON] [--profile smoke|full] [--quick] [--only 步骤,…] [--out 目录]

在有 NVIDIA 显卡的机器上检查一切，写出一份报告 report.md 和 report.json（默认在 build/gpu-check）。
  --device D       默认 gpu；cpu 在没有显卡的机器上演练同样的步骤
  --peer PYTHON    装有 PyTorch（CUDA 版）的 Python，并排测速；不给则只测 tsdl
  --profile P      notebook 用 smoke（默认）还是 full
  --quick          每一步只做一小部分
  --only 步骤      只做其中几步：${NAMES.join(' ')}`;

const refused = (problem: string): Fault =>
  new Fault(`Cannot check: ${problem}`, 'npm run gpu-check -- --help');

/** @throws Fault or parseArgs' TypeError saying which argument is wrong */
export function parseOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      device: { type: 'string', default: 'gpu' },
      peer: { type: 'string' },
      profile: { type: 'string', default: 'smoke' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      out: { type: 'string', default: join(PROJECT, 'build', 'gpu-check') },
    },
  });
  const { device, profile, peer, quick } = values;
  const match = /^(cpu|gpu(?::(\d+))?)$/.exec(device);
  if (!match) {
    throw refused(`expected --device gpu, gpu:1 or cpu, got "${device}"`);
  }
  if (profile !== 'smoke' && profile !== 'full') {
    throw refused(`expected --profile smoke or full, got "${profile}"`);
  }
  const only = values.only?.split(',') ?? [...NAMES];
  const unknown = only.find((name) => !(NAMES as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw refused(`expected --only of ${NAMES.join(', ')}, got "${unknown}"`);
  }
  const kind = device === 'cpu' ? 'cpu' : 'gpu';
  return { kind, device, card: Number(match[2] ?? 0), quick, profile, peer, only, out: resolve(values.out) };
}
