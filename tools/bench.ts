/** `tsdl bench`: tsdl beside PyTorch, workload by workload, in one run. */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';

import { bench as kernelBench } from '../bench/kernel';
import { precisionTable } from '../bench/precision';
import { machineName, markdown, type Report, type Row, rowOf } from '../bench/report';
import { measure, type RunOptions } from '../bench/run';
import { scaleBench } from '../bench/scale';
import { scalingTable } from '../bench/scaling';
import { sumsBench } from '../bench/sums';
import type { Workload } from '../bench/workload';
import { workloads } from '../bench/workloads';
import { Fault } from '../bin/bootstrap/fault';
import { plain, say } from '../bin/bootstrap/language';
import { writeAtomically } from '../src/helpers/files/file';

const HELP = {
  zh: `tsdl bench [--peer PYTHON] [--jax PYTHON] [--json FILE] [--markdown FILE] [--only mlp,cnn,…] [--rounds N] [--no-torch-compile]

与 PyTorch 并排测速：每个负载各在自己的进程里，轮流运行。
  --peer PYTHON        装有 PyTorch 的 Python；不给则只测 tsdl
  --jax PYTHON         装有 flax、optax、keras 的 Python：CNN、LSTM、Transformer 也与它们比
  --json FILE          结果写成 JSON
  --markdown FILE      结果写成 Markdown 表格（README 用的是 bench/RESULTS.md）
  --only NAMES         只测这些负载：${workloads.map(({ name }) => name).join(' ')}；kernel 测内核本身
                       （与 ipykernel、tslab 并排；TSDL_DENO 指向 deno 时也测它）；sums 测多个 worker 之间的求和，
                       scaling 由此推算一步的时间；precision 用三个种子比较 float32 与 bfloat16 的准确率；
                       scale 画出时间随批量、长度、宽度、层数、worker 数怎样增长（bench/scale）
  --rounds N           轮数乘以 N(默认 1;0.25 只看个大概)
  --no-torch-compile   不测 torch.compile`,
  en: `tsdl bench [--peer PYTHON] [--jax PYTHON] [--json FILE] [--markdown FILE] [--only mlp,cnn,…] [--rounds N] [--no-torch-compile]

Measures tsdl beside PyTorch: each workload in a process of its own, taking turns.
  --peer PYTHON        a Python with PyTorch; without it tsdl alone is measured
  --jax PYTHON         a Python with flax, optax and keras: CNN, LSTM and Transformer beside those, too
  --json FILE          the results as JSON
  --markdown FILE      the results as a Markdown table (README's is bench/RESULTS.md)
  --only NAMES         these workloads only: ${workloads.map(({ name }) => name).join(' ')}; kernel for the kernel itself
                       (beside ipykernel and tslab; Deno's too where TSDL_DENO names deno); sums for sums over workers,
                       scaling for a step's time on paper from those; precision for the accuracy of float32 and bfloat16
                       over three seeds; scale draws how time grows with batch, length,
                       width, layers and workers (bench/scale)
  --rounds N           N times as many rounds (1 by default; 0.25 for a rough idea)
  --no-torch-compile   leaves torch.compile out`,
};

function chosen(only: string | undefined): readonly Workload[] {
  if (only === undefined) return workloads;
  return only.split(',').map((name) => {
    const found = workloads.find((workload) => workload.name === name);
    if (found) return found;
    const names = workloads.map((one) => one.name).join(', ');
    throw new Fault(plain(`Cannot measure "${name}": expected one of ${names}`), 'npm run bench -- --help');
  });
}

function options(argv: string[]) {
  const { values } = parseArgs({
    args: argv,
    options: {
      peer: { type: 'string' },
      jax: { type: 'string' },
      json: { type: 'string' },
      markdown: { type: 'string' },
      only: { type: 'string' },
      rounds: { type: 'string', default: '1' },
      'no-torch-compile': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}

/** Files to write; both are written after each workload, so that an interrupted run keeps what it has. */
interface Files {
  readonly json: string | undefined;
  readonly table: string | undefined;
}

async function compare(list: readonly Workload[], run: RunOptions, files: Files): Promise<void> {
  const rows: Row[] = [];
  const [load = NaN] = loadavg();
  const versions = new Set<string>([`Node ${process.version}`]);
  const report = (): Report => ({
    machine: machineName(),
    versions: [...versions],
    date: new Date().toISOString().slice(0, 10),
    load,
    rows,
  });
  for (const workload of list) {
    const measured = await measure(workload, run);
    for (const figures of Object.values(measured)) if (figures) versions.add(figures.ready.version);
    const row = rowOf(workload, measured);
    rows.push(row);
    console.log(
      `${row.title}: tsdl ${row.tsdl_ms ?? '–'} ms, PyTorch ${row.best_ms ?? '–'} ms (${row.best ?? '–'}), ${row.ratio ?? '–'}`,
    );
    if (files.json !== undefined) writeAtomically(files.json, `${JSON.stringify(report(), null, 2)}\n`);
    if (files.table !== undefined) writeAtomically(files.table, `# Benchmarks\n\n${markdown(report())}\n`);
  }
  console.log(`\n${markdown(report())}`);
}

/** Runs the benchmarks and prints the Markdown table; gives the exit code. */
export async function bench(argv: string[]): Promise<number> {
  const { help, peer, jax, json, markdown: table, only, rounds, ...rest } = options(argv);
  if (help) {
    console.log(say(HELP));
    return 0;
  }
  if (only === 'kernel') {
    const scale = Number(rounds);
    const counts = { starts: Math.ceil(20 * scale), cells: Math.ceil(600 * scale) };
    const measured = await kernelBench({ ...counts, deno: process.env.TSDL_DENO });
    if (json !== undefined) writeAtomically(json, `${JSON.stringify(measured, null, 2)}\n`);
    return 0;
  }
  if (only === 'scaling') {
    console.log(scalingTable());
    return 0;
  }
  if (only === 'precision') {
    console.log(await precisionTable(Math.ceil(10 * Number(rounds))));
    return 0;
  }
  if (only === 'sums') {
    const text = await sumsBench({ peer, rounds: Math.ceil(7 * Number(rounds)), turns: 3 });
    console.log(text);
    if (table !== undefined) writeAtomically(table, `${text}\n`);
    return 0;
  }
  const log = (line: string): void => console.error(line);
  const run = { peer, jax, torchCompile: !rest['no-torch-compile'], scale: Number(rounds), log };
  if (only === 'scale') {
    console.log(await scaleBench(run));
    return 0;
  }
  await compare(chosen(only), run, { json, table });
  return 0;
}
