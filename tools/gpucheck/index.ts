/** `tsdl gpucheck`: everything that only a GPU machine can show, measured by one command into one report. */
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';

import { Fault } from '../../bin/bootstrap/fault';
import { say } from '../../bin/bootstrap/language';
import { machine } from '../../src/cli/run/report';
import { PROJECT } from '../../src/engine/backend/paths';
import { TENSORFLOW } from '../../src/engine/backend/wheels';
import { setup } from '../../src/setup';
import { type Gpu, queryNvidia } from '../../src/setup/nvidia';
import { type Options, parseOptions, USAGE } from './options';
import { type GpuReport, type StepReport, writeReport } from './report';
import { watchCard } from './sampler';
import { type CheckStep, checkSteps } from './steps';
import { judgeMemory, type Verdict } from './verdicts';

const REHEARSAL = 'npm run gpu-check -- --device cpu --quick';

/** The cards of this machine; a fault where there is none to check. */
export async function requireCards({ kind, card }: Pick<Options, 'kind' | 'card'>): Promise<readonly Gpu[]> {
  const nvidia = await queryNvidia();
  if (kind === 'cpu') return nvidia.state === 'usable' ? nvidia.gpus : [];
  if (nvidia.state === 'none') {
    throw new Fault(
      {
        zh: 'gpu-check 要在有 NVIDIA 显卡的机器上运行，这台机器没有 NVIDIA 驱动（no NVIDIA driver on this machine）。',
        en: 'gpu-check is for a machine with an NVIDIA card; this one has no NVIDIA driver.',
      },
      {
        zh: `${REHEARSAL}（在 CPU 上演练同样的步骤）`,
        en: `${REHEARSAL} (rehearses the same steps on the CPU)`,
      },
    );
  }
  if (nvidia.state === 'unusable')
    throw new Fault(
      { zh: `显卡不能用：${nvidia.why}。`, en: `The card cannot be used: ${nvidia.why}.` },
      nvidia.mend,
    );
  if (card < nvidia.gpus.length) return nvidia.gpus;
  throw new Fault(
    {
      zh: `没有第 ${card} 张显卡：nvidia-smi 列出 ${nvidia.gpus.length} 张，从 0 数起。`,
      en: `There is no card ${card}: nvidia-smi lists ${nvidia.gpus.length}, counted from 0.`,
    },
    'nvidia-smi',
  );
}

/** Runs one step to its end; everything it prints goes to its log, stdout also back. */
function runStep(step: CheckStep, options: Options, log: string): Promise<{ code: number; stdout: string }> {
  const env = { ...process.env, ...step.env, TSDL_DEVICE: options.device, TSDL_PROFILE: options.profile };
  const child = spawn(process.execPath, [...step.args], {
    cwd: PROJECT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const file = createWriteStream(log);
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    file.write(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => file.write(chunk));
  const stop = (): void => void child.kill('SIGINT');
  process.once('SIGINT', stop);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      process.off('SIGINT', stop);
      file.end(() => resolve({ code: code ?? 130, stdout }));
    });
  });
}

function judged(step: CheckStep, code: number, stdout: string): Verdict {
  try {
    return step.judge(code, stdout);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      passed: false,
      summary: say({
        zh: `结果读不懂（退出码 ${code}）：${why}`,
        en: `the result cannot be read (exit code ${code}): ${why}`,
      }),
    };
  }
}

async function report(step: CheckStep, options: Options): Promise<StepReport> {
  const log = `${step.name}.log`;
  const stopWatching = options.kind === 'gpu' ? watchCard(options.card) : () => undefined;
  const start = performance.now();
  const { code, stdout } = await runStep(step, options, join(options.out, log));
  const card = stopWatching();
  const seconds = Number(((performance.now() - start) / 1000).toFixed(1));
  const own = judged(step, code, stdout);
  const verdict = step.name === 'memory' ? judgeMemory(own, card) : own;
  const env = Object.entries({ TSDL_DEVICE: options.device, ...step.env }).map(([k, v]) => `${k}=${v}`);
  const command = [...env, 'node', ...step.args.map((arg) => arg.replace(`${PROJECT}/`, ''))].join(' ');
  return { name: step.name, title: step.title, seconds, command, log, ...verdict, ...(card && { card }) };
}

async function check(options: Options, gpus: readonly Gpu[]): Promise<GpuReport> {
  const started = new Date();
  const steps: StepReport[] = [];
  const current = (): GpuReport => ({
    passed: steps.length === options.only.length && steps.every(({ passed }) => passed),
    device: options.device,
    gpus,
    started: started.toISOString(),
    seconds: Math.round((Date.now() - started.getTime()) / 1000),
    versions: { node: process.version, tensorflow: TENSORFLOW },
    machine: machine(),
    options,
    steps,
  });
  for (const step of checkSteps(options).filter(({ name }) => options.only.includes(name))) {
    console.log(`… ${step.title}`);
    const done = await report(step, options);
    steps.push(done);
    console.log(
      say({
        zh: `${done.passed ? '✔' : '✗'} ${done.title}：${done.summary}`,
        en: `${done.passed ? '✔' : '✗'} ${done.title}: ${done.summary}`,
      }),
    );
    writeReport(current(), options.out);
  }
  return current();
}

/** Exit code 0 only if every step passed, on the device that was asked for. */
export async function gpucheck(argv: string[]): Promise<number> {
  if (argv.includes('--help')) {
    console.log(say(USAGE));
    return 0;
  }
  const options = parseOptions(argv);
  const gpus = await requireCards(options);
  if (options.kind === 'gpu') await setup(['--gpu']);
  else
    console.log(
      say({
        zh: '在 CPU 上演练：下面的结果与显卡无关。',
        en: 'A rehearsal on the CPU: the results below say nothing about a card.',
      }),
    );
  mkdirSync(options.out, { recursive: true });
  const result = await check(options, gpus);
  const path = writeReport(result, options.out);
  console.log(
    say({
      zh: `${result.passed ? '全部通过' : '有步骤没有通过'}，报告：${relative(process.cwd(), path)}`,
      en: `${result.passed ? 'All passed' : 'Not all steps passed'}; report: ${relative(process.cwd(), path)}`,
    }),
  );
  return result.passed ? 0 : 1;
}
