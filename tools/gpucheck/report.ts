/** The one report of a check: report.json for programs, report.md for people. */
import { join } from 'node:path';

import { say } from '../../bin/bootstrap/language';
import { writeWhole } from '../../src/helpers/files/cache';
import type { Gpu } from '../../src/setup/nvidia';
import type { Options } from './options';
import type { CardUse } from './sampler';
import type { Verdict } from './verdicts';

export interface StepReport extends Verdict {
  readonly name: string;
  readonly title: string;
  readonly seconds: number;
  readonly command: string;
  readonly log: string;
  /** The card while the step ran; undefined where no card was watched. */
  readonly card?: CardUse;
}

export interface GpuReport {
  readonly passed: boolean;
  /** `cpu` marks a rehearsal: nothing in it says anything about a card. */
  readonly device: string;
  readonly gpus: readonly Gpu[];
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly seconds: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly options: Options;
  readonly steps: readonly StepReport[];
}

const time = (seconds: number): string =>
  seconds < 90
    ? say({ zh: `${seconds.toFixed(0)} 秒`, en: `${seconds.toFixed(0)} s` })
    : say({ zh: `${(seconds / 60).toFixed(1)} 分`, en: `${(seconds / 60).toFixed(1)} min` });

const cardUse = (card: CardUse | undefined): string =>
  card
    ? say({
        zh: `${card.meanBusy}% / ${card.maxBusy}%，${card.firstMb} → ${card.lastMb} MB`,
        en: `${card.meanBusy}% / ${card.maxBusy}%, ${card.firstMb} → ${card.lastMb} MB`,
      })
    : '–';

const machineText = ({ platform, arch, cpu, cores, memoryGB }: GpuReport['machine']): string =>
  say({
    zh: `${platform} ${arch}，${cpu}，${cores} 核，${memoryGB} GB`,
    en: `${platform} ${arch}, ${cpu}, ${cores} cores, ${memoryGB} GB`,
  });

/** A table cell may not hold a bar. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

const cardText = (gpu: GpuReport['gpus'][number], i: number): string =>
  say({
    zh:
      `- GPU ${i}：${gpu.name}，驱动 ${gpu.driver}，计算能力 ${gpu.computeCapability ?? '?'}，` +
      `显存 ${gpu.totalMb} MB（开始时空闲 ${gpu.freeMb} MB）`,
    en:
      `- GPU ${i}: ${gpu.name}, driver ${gpu.driver}, compute capability ${gpu.computeCapability ?? '?'}, ` +
      `${gpu.totalMb} MB (${gpu.freeMb} MB free at the start)`,
  });

/** What it ran on, a line each. */
function facts({ device, gpus, machine, versions, started, seconds }: GpuReport): string[] {
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    say({ zh: `- 设备：${device}`, en: `- device: ${device}` }),
    ...gpus.map(cardText),
    say({ zh: `- 机器：${machineText(machine)}`, en: `- machine: ${machineText(machine)}` }),
    say({ zh: `- 版本：${list.join('，')}`, en: `- versions: ${list.join(', ')}` }),
    say({ zh: `- ${started}，共 ${time(seconds)}`, en: `- ${started}, ${time(seconds)} in all` }),
  ];
}

/** The report for people. */
export function markdown(report: GpuReport): string {
  const { steps } = report;
  const rows = steps.map(
    (step) =>
      `| ${step.passed ? '✔' : '✗'} | ${step.title} | ${time(step.seconds)} | ${cardUse(step.card)} | ${cell(step.summary)} |`,
  );
  const rehearsal = say({
    zh: '> 这是在 CPU 上的演练：只说明每一步都能运行，不说明任何显卡上的结果。',
    en: '> A rehearsal on the CPU: it shows that every step runs, and nothing about a card.',
  });
  return [
    say({
      zh: `# gpu-check：${report.passed ? '全部通过' : '有步骤没有通过'}`,
      en: `# gpu-check: ${report.passed ? 'all passed' : 'not all steps passed'}`,
    }),
    ...(report.device === 'cpu' ? [rehearsal] : []),
    facts(report).join('\n'),
    [
      say({
        zh: '| | 步骤 | 用时 | 显卡忙（平均 / 最高），显存 | 结果 |',
        en: '| | step | time | card busy (mean / most), memory | result |',
      }),
      '| :-: | :-- | --: | :-- | :-- |',
      ...rows,
    ].join('\n'),
    ...steps.flatMap((step) => (step.details === undefined ? [] : [`## ${step.title}`, step.details])),
    say({ zh: '## 命令', en: '## Commands' }),
    ['```', ...steps.map((step) => `${step.command}   # ${step.log}`), '```'].join('\n'),
    '',
  ].join('\n\n');
}

/** Writes both files; also after each step, so that an interrupted check keeps what it has. */
export function writeReport(report: GpuReport, out: string): string {
  writeWhole(join(out, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  const path = join(out, 'report.md');
  writeWhole(path, markdown(report));
  return path;
}
