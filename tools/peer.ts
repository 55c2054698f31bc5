/**
 * `npm run fidelity -- --peer PYTHON [--random N] [--seed S]`: random configurations of layers, functions, losses,
 * optimizers and schedulers, drawn and computed by a live PyTorch (test/fixtures/configurations.py), beside tsdl.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { say } from '../bin/bootstrap/language';
import { columns } from '../src/cli/table';
import { compare, described, limitOf } from '../test/support/configurations';
import type { Configuration } from '../test/support/packed';

const SCRIPT = resolve(__dirname, '../test/fixtures/configurations.py');

/** One configuration and what is wrong with it. */
interface Failure {
  readonly one: Configuration;
  readonly why: string;
}

interface Result {
  readonly torch: string;
  readonly count: number;
  /** max|Δ| of all that are within 1e-5, and how many are so far that PyTorch's own rounding has to explain it. */
  readonly worst: number;
  readonly explained: readonly Failure[];
  readonly failures: readonly Failure[];
  readonly byName: ReadonlyMap<string, number>;
}

/** Gives 0 when every configuration agrees, else 1. */
export function besidePeer(python: string, count: number, seed: number): number {
  const { torch, cases } = drawn(python, count, seed);
  const result = judged(torch, cases);
  print(result, seed);
  return result.failures.length === 0 ? 0 : 1;
}

function drawn(python: string, count: number, seed: number): { torch: string; cases: Configuration[] } {
  const folder = mkdtempSync(join(tmpdir(), 'tsdl-peer-'));
  const file = join(folder, 'cases.json');
  try {
    const args = [SCRIPT, '--count', String(count), '--seed', String(seed), '--out', file];
    execFileSync(python, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    return JSON.parse(readFileSync(file, 'utf8')) as { torch: string; cases: Configuration[] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function judged(torch: string, cases: readonly Configuration[]): Result {
  const [explained, failures]: Failure[][] = [[], []];
  const byName = new Map<string, number>();
  let worst = 0;
  for (const one of cases) {
    const { far, why } = measured(one);
    if (why !== '') failures?.push({ one, why });
    else if (far > 1e-5) explained?.push({ one, why: `max|Δ| ${far.toExponential(1)}` });
    else worst = Math.max(worst, far);
    byName.set(one.name, Math.max(byName.get(one.name) ?? 0, far));
  }
  return { torch, count: cases.length, worst, explained: explained ?? [], failures: failures ?? [], byName };
}

function measured(one: Configuration): { far: number; why: string } {
  try {
    const { forward, gradient, worst, tree } = compare(one);
    const far = Math.max(forward, gradient);
    if (far > limitOf(one)) return { far, why: `max|Δ| ${far.toExponential(1)} ${worst}` };
    return {
      far,
      why: tree && tree.actual !== tree.expected ? `${tree.actual} is ${tree.expected} there` : '',
    };
  } catch (error) {
    return { far: Infinity, why: (error as Error).message };
  }
}

function print({ torch, count, worst, explained, failures, byName }: Result, seed: number): void {
  const names = [...byName].sort(([, a], [, b]) => a - b);
  console.log(columns(names.map(([name, far]) => [name, far.toExponential(2)])).join('\n'));
  for (const { one, why } of [...explained, ...failures]) console.log(`${described(one)}: ${why}`);
  console.log(
    say({
      zh:
        `PyTorch ${torch}，种子 ${seed}：${count} 种随机配置，${names.length} 个名称，最大差 ${worst.toExponential(2)}；` +
        `${explained.length} 种超过 1e-5，但 PyTorch 自己的 float32 与 float64 也相差那么多；${failures.length} 种不符。`,
      en:
        `PyTorch ${torch}, seed ${seed}: ${count} random configurations of ${names.length} names, worst difference ` +
        `${worst.toExponential(2)}; ${explained.length} above 1e-5 where PyTorch's own float32 is as far from its ` +
        `float64; ${failures.length} that differ.`,
    }),
  );
}
