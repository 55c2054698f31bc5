/**
 * `tsdl gpupack`: everything gpu-check needs, packed into pieces for a GPU machine that reaches no package index, with
 * `unpack.py`, which brings it back and starts the check there.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

import { Fault, tail } from '../../bin/bootstrap/fault';
import { say } from '../../bin/bootstrap/language';
import { progress, size } from '../../bin/bootstrap/progress';
import { bindingDir, libraryDir } from '../../src/engine/backend/installed';
import { PROJECT } from '../../src/engine/backend/paths';
import { digest } from '../../src/engine/backend/stamp';
import { platformKey, TENSORFLOW, withoutCuda } from '../../src/engine/backend/wheels';
import { ensureSetup } from '../../src/setup';
import { bindingStep } from '../../src/setup/binding';
import { runStep } from '../../src/setup/frame';
import { pythonOf } from '../../src/setup/interpreter';
import { installKernelspec } from '../../src/setup/kernelspec';
import { libraryStep, requireLibrary } from '../../src/setup/library';
import { fetchNode } from '../../src/setup/nodes';
import { type Entry, folderEntries, moduleEntries, ownEntries } from './contents';
import { offlinePythonStep, PYTHONS, wheelhouseEntries, wheelhouseStep } from './wheelhouse';

const MIB = 2 ** 20;
const WHEELS = 'wheels';
const OPTIONS = {
  out: { type: 'string' },
  cuda: { type: 'boolean', default: false },
  'piece-mb': { type: 'string', default: '60' },
  level: { type: 'string', default: '6' },
  place: { type: 'boolean', default: false },
} as const;

const HELP = {
  zh: `tsdl gpupack --out 目录 [--cuda] [--piece-mb 60] [--level 6]

把 gpu-check 需要的一切打成分卷，带到连不上软件源的 GPU 机器上（npm run gpu-pack -- --out 目录）。
  --out 目录      分卷、manifest.json（sha256）和 unpack.py 写在这里；中断后再运行会接着做
  --cuda          连 CUDA 和 cuDNN 一起打包（约 3 GB）；不加则用那台机器上已有的 CUDA 12 或 13
  --piece-mb N    每个分卷最多多少 MiB
  --level N       xz 的压缩级别，1 到 9

在 GPU 机器上：python3 unpack.py [--to 目录] [gpu-check 的参数]`,
  en: `tsdl gpupack --out FOLDER [--cuda] [--piece-mb 60] [--level 6]

Packs all that gpu-check needs into pieces, for a GPU machine that reaches no package index (npm run gpu-pack -- --out FOLDER).
  --out FOLDER    where the pieces, manifest.json (sha256) and unpack.py go; an interrupted run goes on where it was
  --cuda          with CUDA and cuDNN (about 3 GB); else the CUDA 12 or 13 of that machine is used
  --piece-mb N    largest size of a piece, in MiB
  --level N       xz's level, 1 to 9

On the GPU machine: python3 unpack.py [--to FOLDER] [arguments of gpu-check]`,
};

/** What is fetched and compiled for packing, apart from the project's own runtime. */
const WORK = join(PROJECT, 'build/gpu-pack');

function count(name: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Fault(
    {
      zh: `--${name} 应为 1 到 ${most} 的整数，得到 ${text}。`,
      en: `--${name} is an integer from 1 to ${most}, not ${text}.`,
    },
    'npm run gpu-pack -- --help',
  );
}

/** Fetches and compiles all parts, or finds them from an earlier run, and lists them in the order of the archive. */
async function collect(cuda: boolean): Promise<Entry[]> {
  process.env.TSDL_HOME = join(WORK, cuda ? 'home-cuda' : 'home');
  mkdirSync(WORK, { recursive: true });
  const pinned = requireLibrary('gpu');
  await runStep(libraryStep('gpu', pythonOf, cuda ? pinned : withoutCuda(pinned)));
  await runStep(bindingStep('gpu'));
  const wheels = join(WORK, WHEELS);
  await runStep(wheelhouseStep(wheels, WORK));
  const node = await fetchNode(process.versions.node.split('.')[0] ?? '20', join(WORK, 'node'));
  const [library, binding] = [libraryDir('gpu'), bindingDir('gpu')].map((dir) =>
    folderEntries(dir, `.runtime/${basename(dir)}`),
  );
  const isHeader = ({ to }: Entry): boolean => to.includes('/tensorflow/include/');
  const lockDigest = digest(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8'));
  // what changes most often comes last: the pieces before it stay as they are
  return [
    ...(library ?? []).filter((entry) => !isHeader(entry)),
    ...(library ?? []).filter(isHeader),
    ...(binding ?? []),
    { from: node, to: 'node/bin/node' },
    ...wheelhouseEntries(wheels, WHEELS),
    ...moduleEntries(PROJECT, lockDigest),
    ...ownEntries(PROJECT),
  ];
}

interface Line {
  readonly done?: number;
  readonly total?: number;
  readonly piece?: string;
  readonly kept?: boolean;
  readonly pieces?: number;
  readonly bytes?: number;
}

/** Runs pack.py; gives its last line. */
export async function archive(
  python: string,
  job: Readonly<Record<string, unknown>>,
  stream?: NodeJS.WritableStream & { isTTY?: boolean },
): Promise<Line> {
  const bar = progress(say({ zh: '压缩', en: 'Compressing' }), stream);
  const child = spawn(python, [join(__dirname, 'pack.py')], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaints += chunk));
  child.stdin.on('error', () => undefined); // it ended before it read everything: its exit code tells
  child.stdin.end(JSON.stringify(job));
  const ended = new Promise<number>((done) => child.on('close', (code) => done(code ?? 1)));
  let last: Line = {};
  for await (const text of createInterface({ input: child.stdout })) {
    last = JSON.parse(text) as Line;
    if (last.total !== undefined) bar.update({ done: last.done, total: last.total, show: size });
  }
  if ((await ended) === 0) {
    bar.end(
      say({
        zh: `完成：${last.pieces} 个分卷，${size(last.bytes ?? 0)}`,
        en: `done: ${last.pieces} pieces, ${size(last.bytes ?? 0)}`,
      }),
    );
    return last;
  }
  bar.fail();
  throw packFault(complaints);
}

/** What pack.py's complaints come to. */
function packFault(complaints: string): Fault {
  if (/No space left/.test(complaints))
    return new Fault(
      { zh: '磁盘已满，没有打完包。', en: 'The disk is full; the pack is incomplete.' },
      { zh: '腾出空间后再运行同一条命令', en: 'free some space and run the same command again' },
    );
  if (/no module lzma/.test(complaints)) {
    return new Fault(
      { zh: 'Python 没有 lzma 模块，不能压缩。', en: 'This Python has no lzma module and cannot compress.' },
      {
        zh: '换一个 Python：TSDL_PYTHON=<解释器路径> npm run setup',
        en: 'take another Python: TSDL_PYTHON=<path> npm run setup',
      },
    );
  }
  return new Fault(
    { zh: '打包失败。', en: 'Packing failed.' },
    { zh: '按下面的提示处理后再运行同一条命令', en: 'do what it says below and run the same command again' },
    tail(complaints, 4),
  );
}

/** On the GPU machine, called by unpack.py: the Python environment and the kernelspec, from what was brought. */
async function place(): Promise<number> {
  await runStep(offlinePythonStep(join(PROJECT, WHEELS)));
  installKernelspec();
  return 0;
}

const MISSING_OUT = { zh: '没有给出 --out 目录。', en: '--out FOLDER is missing.' };
const HOW = { zh: 'npm run gpu-pack -- --out 目录', en: 'npm run gpu-pack -- --out FOLDER' };

export async function gpupack(argv: string[]): Promise<number> {
  if (argv.includes('--help')) {
    console.log(say(HELP));
    return 0;
  }
  const { values } = parseArgs({ args: argv, options: OPTIONS });
  if (values.place) return place();
  if (values.out === undefined) throw new Fault(MISSING_OUT, HOW);
  const [pieceMib, level] = [count('piece-mb', values['piece-mb'], 4096), count('level', values.level, 9)];
  await ensureSetup(['python', 'native']);
  const out = resolve(values.out);
  const entries = await collect(values.cuda);
  const job = {
    entries,
    out,
    work: join(WORK, 'chunks'),
    name: 'tsdl-gpu',
    pieceBytes: pieceMib * MIB,
    chunkBytes: 64 * MIB,
    level,
    threads: availableParallelism(),
    facts: {
      platform: platformKey(),
      tensorflow: TENSORFLOW,
      cuda: values.cuda,
      pythons: PYTHONS,
    },
  };
  await archive(pythonOf(), job);
  console.log(
    say({
      zh: `写在 ${out}：把整个文件夹带到 GPU 机器上，在那里运行：python3 unpack.py`,
      en: `Written to ${out}: take the whole folder to the GPU machine and run there: python3 unpack.py`,
    }),
  );
  return 0;
}
