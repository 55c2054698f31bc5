/** Runs workloads side by side: the contestants take turns, so that whatever else the machine does meets them alike. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { embeddedDigits } from '../src/helpers/datasets/digits';
import { cachePath } from '../src/helpers/files/cache';
import { Contestant, type Ready } from './contestant';
import type { Workload } from './workload';

/** Who takes part, in the order of the turns; a variant of the peer goes by its arguments. */
export type Side = 'tsdl' | 'eager' | 'peer' | 'jax' | 'keras' | `--${string}`;

export interface Figures {
  readonly median: number;
  readonly min: number;
  readonly peakMb: number;
  readonly ready: Ready;
}

export type Measured = Partial<Record<Side, Figures>>;

export interface RunOptions {
  /** Python with PyTorch; without it tsdl is measured alone. */
  readonly peer: string | undefined;
  /** Python with Flax, Optax and Keras 3, for the workloads that those have, too. */
  readonly jax?: string | undefined;
  /** Whether torch.compile is measured too. */
  readonly torchCompile: boolean;
  /** Factor on the number of turns. */
  readonly scale: number;
  readonly log: (line: string) => void;
}

const here = __dirname;
/** Time for threads that still spin after a turn to fall asleep. */
const PAUSE_MS = 100;

function commands(workload: Workload, options: RunOptions, digits: string): Partial<Record<Side, string[]>> {
  const node = [process.execPath, '--no-deprecation', '-r', join(here, '../bin/bootstrap/transpile.js')];
  const own = (mode: string): string[] => [...node, join(here, 'ours.ts'), workload.name, mode];
  const sides: Partial<Record<Side, string[]>> = { tsdl: own(workload.mode ?? 'compiled') };
  if (workload.eager !== false) sides.eager = own('eager');
  if (options.jax !== undefined && workload.others) {
    sides.jax = [options.jax, join(here, 'peers', 'jaxmodels.py'), workload.name];
    sides.keras = [options.jax, join(here, 'peers', 'kerasmodels.py'), workload.name];
  }
  const [file = '', ...flags] = (workload.peer ?? workload.name).split(' ');
  const script = join(here, 'peers', `${file}.py`);
  if (options.peer === undefined || !existsSync(script)) return sides;
  const given = workload.name === 'program' ? [digits] : flags;
  const peer = (sides.peer = [options.peer, script, ...given]);
  for (const variant of workload.variants ?? ['--compile']) {
    if (!options.torchCompile && variant.includes('--compile')) continue;
    sides[variant as Side] = [...peer, ...variant.split(' ')];
  }
  return sides;
}

/** Measures one workload; a contestant that cannot take part is named and left out. */
export async function measure(workload: Workload, options: RunOptions): Promise<Measured> {
  const digits = digitsFolder();
  const contestants = new Map<Side, { contestant: Contestant; ready: Ready }>();
  try {
    for (const [side, command] of Object.entries(commands(workload, options, digits))) {
      const contestant = Contestant.start(command?.[0] ?? '', command?.slice(1) ?? []);
      try {
        contestants.set(side as Side, { contestant, ready: await contestant.ready() });
      } catch (error) {
        contestant.stop();
        options.log(`${workload.name} ${side}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    await takeTurns(workload, contestants, options);
    const figures = [...contestants].map(([side, { contestant, ready }]) => [
      side,
      figuresOf(contestant, ready),
    ]);
    return Object.fromEntries(figures) as Measured;
  } finally {
    for (const { contestant } of contestants.values()) contestant.stop();
    rmSync(digits, { recursive: true });
  }
}

async function takeTurns(
  { name, calls, rounds }: Workload,
  contestants: Map<Side, { contestant: Contestant }>,
  { scale, log }: RunOptions,
): Promise<void> {
  const turns = Math.max(1, Math.round(rounds * scale));
  for (let turn = 0; turn < turns; turn++) {
    const order = [...contestants];
    // the order turns round, so that nobody always follows the same one
    for (const [side, { contestant }] of [
      ...order.slice(turn % order.length),
      ...order.slice(0, turn % order.length),
    ]) {
      try {
        await contestant.work(calls);
      } catch (error) {
        contestant.stop();
        contestants.delete(side);
        log(`${name} ${side}: ${error instanceof Error ? error.message : String(error)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

function figuresOf({ times, peakMb }: Contestant, ready: Ready): Figures {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1
      ? (sorted[middle] ?? NaN)
      : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
  return { median, min: sorted[0] ?? NaN, peakMb, ready };
}

/** The digits that come with tsdl, laid out as torchvision expects them. */
function digitsFolder(): string {
  embeddedDigits('train'); // writes the files on first use
  const root = mkdtempSync(join(tmpdir(), 'tsdl-bench-'));
  mkdirSync(join(root, 'MNIST'));
  symlinkSync(dirname(cachePath('digits-1.1.0', 'x')), join(root, 'MNIST', 'raw'));
  return root;
}
