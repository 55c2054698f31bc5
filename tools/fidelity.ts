/**
 * `tsdl fidelity`: the largest difference from PyTorch of every layer, loss and model, worst last; with `--steps N`,
 * whether tensors pile up over N training steps of each model. The cases and their recorded numbers are the tests'.
 */
import { parseArgs } from 'node:util';

import { language, say } from '../bin/bootstrap/language';
import { columns } from '../src/cli/table';
import { attentionCases } from '../test/support/cases/attention';
import { generativeCases } from '../test/support/cases/generative';
import { layerCases } from '../test/support/cases/layers';
import { lossCases } from '../test/support/cases/losses';
import { recurrentCases } from '../test/support/cases/recurrent';
import { spatialCases } from '../test/support/cases/spatial';
import { measure } from '../test/support/fidelity';
import { trainables } from '../test/support/models';
import { modelDeviation, residualNetworks, resnetDeviation, tensorsGained } from '../test/support/training';
import { visionDeviation, visionModels } from '../test/support/vision';
import { besidePeer } from './peer';

interface Row {
  readonly name: string;
  /** max|Δ| of values, or of logits. */
  readonly forward: number;
  /** max|Δ| of gradients and buffers, or of the losses over five steps; undefined where none were recorded. */
  readonly gradient: number | undefined;
  readonly limit: number;
}

const HELP = {
  zh: `tsdl fidelity [--steps N] [--json] [--lang en]
tsdl fidelity --peer PYTHON [--random 2000] [--seed 0]

每个层、损失和模型与 PyTorch 的最大差 max|Δ|，最差的在最后。
--steps N  另外把每个模型训练 N 步，看张量个数是否增加。
--peer PYTHON  与装有 PyTorch 的 Python 现场对比 N 种随机配置（层、函数、损失、优化器、调度器）。`,
  en: `tsdl fidelity [--steps N] [--json] [--lang en]
tsdl fidelity --peer PYTHON [--random 2000] [--seed 0]

Largest difference max|Δ| from PyTorch of every layer, loss and model, worst last.
--steps N  also trains each model for N steps and counts whether tensors pile up.
--peer PYTHON  compares N random configurations (layers, functions, losses, optimizers, schedulers) with a Python
               that has PyTorch, now.`,
};

const TEXT = {
  zh: {
    head: ['名称', '前向（模型：logits）', '梯度（模型：5 步损失）'],
    over: (n: number) => `${n} 项超过允许的差。`,
    good: (n: number) => `${n} 项都在允许的差以内（层和损失 1e-5，模型 1e-4）。`,
    steps: (n: number) => `训练 ${n} 步后增加的张量个数：`,
  },
  en: {
    head: ['name', 'forward (models: logits)', 'gradient (models: 5 losses)'],
    over: (n: number) => `${n} above the limit.`,
    good: (n: number) => `all ${n} within the limits (layers and losses 1e-5, models 1e-4).`,
    steps: (n: number) => `tensors gained over ${n} training steps:`,
  },
};

/** Gives 0 when everything is within its limit and nothing piles up, else 1. */
export async function fidelity(argv: string[]): Promise<number> {
  const options = {
    steps: { type: 'string' },
    peer: { type: 'string' },
    random: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '0' },
    json: { type: 'boolean' },
    lang: { type: 'string' },
    help: { type: 'boolean' },
  } as const;
  const { values } = parseArgs({ args: argv, options });
  if (values.lang !== undefined) process.env.TSDL_LANG = values.lang;
  if (values.help) {
    console.log(say(HELP));
    return 0;
  }
  if (values.peer !== undefined) {
    return besidePeer(values.peer, whole('random', values.random), whole('seed', values.seed));
  }
  const steps = checkedSteps(values.steps);
  const rows = [...layers(), ...models()].sort((a, b) => worst(a) - worst(b));
  const gained = steps === undefined ? [] : gains(steps);
  if (values.json) console.log(JSON.stringify({ rows, gained }));
  else print(rows, gained, steps, TEXT[language()]);
  const right = rows.every((row) => worst(row) <= row.limit) && gained.every(([, count]) => count <= 0);
  return Promise.resolve(right ? 0 : 1);
}

function layers(): Row[] {
  const cases = [
    ...layerCases,
    ...lossCases,
    ...recurrentCases,
    ...attentionCases,
    ...generativeCases,
    ...spatialCases,
  ];
  return cases.map((one) => ({ ...measure(one), limit: 1e-5 }));
}

function models(): Row[] {
  const guide = Object.keys(trainables).map((name) => {
    const { logits, losses } = modelDeviation(name);
    return { name, forward: logits, gradient: losses, limit: 1e-4 };
  });
  const residual = Object.keys(residualNetworks).map((name) => {
    return { name, forward: resnetDeviation(name), gradient: undefined, limit: 1e-4 };
  });
  const vision = Object.keys(visionModels).map((name) => {
    const { outputs, losses } = visionDeviation(name);
    return { name, forward: outputs, gradient: losses, limit: 1e-4 };
  });
  return [...guide, ...residual, ...vision];
}

function gains(steps: number): [string, number][] {
  return Object.keys(trainables).map((name) => [name, tensorsGained(name, steps)]);
}

function worst({ forward, gradient = 0 }: Row): number {
  return Math.max(forward, gradient);
}

function print(
  rows: readonly Row[],
  gained: readonly [string, number][],
  steps: number | undefined,
  text: (typeof TEXT)['zh'],
): void {
  const cell = (value: number | undefined) => value?.toExponential(2) ?? '–';
  const lines = rows.map(({ name, forward, gradient }) => [name, cell(forward), cell(gradient)]);
  console.log(columns([text.head, ...lines]).join('\n'));
  const over = rows.filter((row) => !(worst(row) <= row.limit)).length;
  console.log(over > 0 ? text.over(over) : text.good(rows.length));
  if (steps === undefined) return;
  console.log(text.steps(steps));
  console.log(columns(gained.map(([name, count]) => [name, String(count)])).join('\n'));
}

function checkedSteps(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const steps = Number(given);
  if (Number.isInteger(steps) && steps > 3) return steps;
  throw new RangeError(`Cannot train for --steps: expected an integer above 3, got "${given}"`);
}

function whole(option: string, given: string): number {
  const value = Number(given);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new RangeError(`Cannot compare with --${option}: expected an integer of at least 0, got "${given}"`);
}
