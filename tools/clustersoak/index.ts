/**
 * npm run cluster:soak -- [--runs 200] [--seed 1] [--minutes 25] [--steps 10000]: random runs of one to four workers, of
 * four models, through memory or over the network, of which most lose a worker (killed or frozen) at a random moment, with and
 * without restarts. Nothing may hang, survivors have to be gone in 5 seconds, and what completes has to end with the same
 * bits. Then memory and threads over many steps. Exit code 1 where something of this fails.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { runCrew } from '../../src/helpers/launch/crew';
import { freeHosts, localPlan } from '../../src/helpers/launch/roster';

const MODELS = ['mlp', 'cnn', 'lstm', 'transformer'];
/** Milliseconds after its start within which a worker meets its fate: joining, the first steps, the end. */
const MOMENTS = 8000;
/** Seconds after which survivors should be gone, that workers wait for one that does not come, and that no run takes. */
const [GONE, GATHER, HANGS] = [5, 30, 120];
const SCRIPT = join(__dirname, 'soaker.ts');

/** What happens in one run. */
interface Plan {
  readonly workers: number;
  readonly model: string;
  readonly network: boolean;
  readonly signal: 'SIGKILL' | 'SIGSTOP' | undefined;
  readonly victim: number;
  readonly moment: number;
  readonly restarts: number;
}

interface Result {
  readonly code: number;
  readonly hangs: boolean;
  /** Seconds from the fate to the end of the last other worker of that start; undefined where none came. */
  readonly survived: number | undefined;
  readonly hashes: readonly string[];
  readonly words: readonly string[];
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
function numbersOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function planOf(seed: number): Plan {
  const next = numbersOf(seed);
  const below = (n: number): number => Math.floor(next() * n);
  const workers = 1 + below(4);
  return {
    workers,
    model: MODELS[below(MODELS.length)] ?? '',
    network: below(4) === 0,
    // nobody watches over a single process
    signal:
      workers === 1
        ? 'SIGKILL'
        : ([undefined, 'SIGKILL', 'SIGSTOP', 'SIGKILL', 'SIGSTOP'] as const)[below(5)],
    victim: below(workers),
    moment: below(MOMENTS),
    restarts: below(2) * 2,
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Seconds until all of `pids` are gone. */
async function goneAfter(pids: readonly number[]): Promise<number> {
  const start = performance.now();
  while (pids.some(isAlive)) await pause(20);
  return (performance.now() - start) / 1000;
}

/** Runs a plan, as its workers tell their numbers of processes. */
async function run(plan: Plan, file: string): Promise<Result> {
  const { workers, model, network, signal, victim, moment, restarts } = plan;
  const [hashes, words]: string[][] = [[], []];
  const pids: number[] = [];
  let fate: NodeJS.Timeout | undefined;
  let survived: Promise<number> | undefined;
  const strike = (): void => {
    const others = pids.filter((_, rank) => rank !== victim);
    const pid = pids[victim];
    if (signal === undefined || pid === undefined || !isAlive(pid)) return;
    process.kill(pid, signal);
    survived = goneAfter(others);
  };
  const controller = new AbortController();
  const watchdog = setTimeout(() => controller.abort(), HANGS * 1000);
  const outcome = await runCrew({
    ...localPlan(workers),
    ...(network && workers > 1 && { hosts: await freeHosts(workers) }),
    ...{ script: SCRIPT, args: [model, file, '4'], patience: 3, gather: GATHER, restarts, inherit: false },
    print(line, rank) {
      const [, pid] = /^PID (\d+)/.exec(line) ?? [];
      if (pid !== undefined) pids[rank] = Number(pid);
      if (pid !== undefined && rank === victim) fate ??= setTimeout(strike, moment);
      if (line.startsWith('HASH ')) hashes?.push(line.slice(5));
      else words?.push(`[${rank}] ${line}`);
    },
    tell: (sentence) => words?.push(sentence),
    signal: controller.signal,
  });
  clearTimeout(watchdog);
  clearTimeout(fate);
  const { aborted } = controller.signal;
  return {
    code: outcome.code,
    hangs: aborted,
    survived: await survived,
    hashes: hashes ?? [],
    words: words ?? [],
  };
}

/** What is wrong with a run, in words. */
function faultsOf(plan: Plan, result: Result, known: Map<string, string>): string[] {
  const { code, hangs, survived, hashes, words } = result;
  const faults: string[] = [];
  if (hangs) faults.push(`hangs for ${HANGS} s`);
  const struck = survived !== undefined;
  if (code !== 0 && !(struck && plan.restarts === 0)) faults.push(`ends with ${code}`);
  // one that is frozen before all have come is one that does not come
  const limit = words.some((line) => line.includes('did not come')) ? GATHER + GONE : GONE;
  if (survived !== undefined && survived > limit) faults.push(`others gone after ${survived.toFixed(1)} s`);
  if (code !== 0) return faults;
  const key = `${plan.model} ${plan.workers} ${plan.network ? 'network' : 'memory'}`;
  const expected = known.get(key) ?? hashes[0] ?? '';
  known.set(key, expected);
  const last = hashes.slice(-plan.workers);
  if (last.length !== plan.workers || last.some((hash) => hash !== expected))
    faults.push(`other bits: ${last.join()}`);
  return faults;
}

/** Random runs until there are enough or the time is up; gives how many had faults. */
async function soak(runs: number, seed: number, minutes: number, folder: string): Promise<number> {
  const known = new Map<string, string>();
  const until = performance.now() + minutes * 60_000;
  const survived: number[] = [];
  let [done, bad, struck, restarted] = [0, 0, 0, 0];
  for (; done < runs && performance.now() < until; done++) {
    const plan = planOf(seed * 1_000_003 + done);
    const result = await run(plan, join(folder, `${done}.safetensors`));
    const faults = faultsOf(plan, result, known);
    if (done % 10 === 9) console.log(`${done + 1} runs, ${struck} lost a worker, ${bad} with faults`);
    if (result.survived !== undefined) {
      struck++;
      survived.push(result.survived);
      if (plan.restarts > 0 && result.code === 0) restarted++;
    }
    if (faults.length === 0) continue;
    bad++;
    console.log(`run ${done} ${JSON.stringify(plan)}: ${faults.join('; ')}\n${result.words.join('\n')}`);
  }
  const slowest = Math.max(0, ...survived).toFixed(2);
  console.log(
    `${done} runs, ${struck} lost a worker, ${restarted} of those completed after a restart; ` +
      `${bad} with faults; slowest end of the others ${slowest} s`,
  );
  return bad;
}

/** Whether memory and threads of two workers stay what they were after the first thousand steps. */
async function steady(steps: number, folder: string): Promise<boolean> {
  const seen: { mb: number; threads: number }[] = [];
  await runCrew({
    ...localPlan(2),
    ...{ script: SCRIPT, args: ['cnn', join(folder, 'steady'), String(Math.ceil(steps / 4))] },
    ...{ patience: 10, gather: 60, restarts: 0, inherit: false },
    print(line, rank) {
      const [, step, mb, threads] = /^STEP (\d+) (\d+) (\d+)/.exec(line) ?? [];
      if (rank !== 0 || step === undefined) return;
      seen.push({ mb: Number(mb), threads: Number(threads) });
      console.log(`step ${step}: ${mb} MiB, ${threads} threads`);
    },
    tell: console.log,
  });
  const [first, last] = [seen[0], seen.at(-1)];
  return (
    first !== undefined && last !== undefined && last.mb < first.mb * 1.05 && last.threads <= first.threads
  );
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '25' },
      steps: { type: 'string', default: '10000' },
    },
  });
  const [runs = 0, seed = 1, minutes = 25, steps = 0] = [
    values.runs,
    values.seed,
    values.minutes,
    values.steps,
  ].map(Number);
  const folder = mkdtempSync(join(tmpdir(), 'tsdl-soak-'));
  try {
    const bad = await soak(runs, seed, minutes, folder);
    const isSteady = steps === 0 || (await steady(steps, folder));
    return bad === 0 && isSteady ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

void main().then((code) => (process.exitCode = code));
