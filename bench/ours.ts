/** A tsdl contestant: `node bench/ours.ts WORKLOAD compiled|bfloat16|eager`. Loads the library late, to time it. */
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

import type * as engine from '../src/engine/tf';
import { answer } from './contestant';
import type * as growth from './scale/growth';
import type { Mode, Workload } from './workload';

const load = createRequire(__filename);

async function timed(step: () => void | Promise<void>): Promise<number> {
  const start = performance.now();
  await step();
  return performance.now() - start;
}

async function main(name: string, mode: Mode): Promise<void> {
  const start = performance.now();
  const { device } = load('../src/engine/tf') as typeof engine;
  load('../src/nn');
  const importMs = performance.now() - start;
  const { workloads } = load('./workloads') as { workloads: readonly Workload[] };
  const { scaleWorkloads } = load('./scale/growth') as typeof growth;
  const workload = [...workloads, ...scaleWorkloads].find((one) => one.name === name);
  if (!workload) throw new RangeError(`Cannot measure "${name}": no such workload`);
  const step = await workload.setup(mode);
  const firstMs = workload.warmup > 0 ? await timed(step) : 0;
  for (let i = 1; i < workload.warmup; i++) await step();
  const version = `TensorFlow ${device.tensorflow ?? 'not used'} (${device.kind})`;
  answer({ import_ms: importMs, first_ms: firstMs, version });
  for await (const line of createInterface({ input: process.stdin })) {
    const ms: number[] = [];
    for (let i = 0; i < Number(line); i++) ms.push(await timed(step));
    answer({ ms, peak_mb: process.resourceUsage().maxRSS / 1024 });
  }
}

void main(process.argv[2] ?? '', (process.argv[3] ?? 'compiled') as Mode);
