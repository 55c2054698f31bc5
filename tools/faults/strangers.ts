/** Sixty ways to reach a kernel without its key. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { FrontEnd, residentOf, ROOT, SOCKETS } from './frontend';
import { type Outcome, outcome } from './outcomes';
import type { Reached } from './stranger';

/** Memory that a flood may leave behind, in MB: what two runs of a kernel differ by, and a garbage collection's delay. */
const ROOM = 100;
/** The account `nobody` of most systems. */
const NOBODY = 65_534;

async function strangersWays(front: FrontEnd, uid: number | undefined): Promise<Reached[]> {
  const script = join(ROOT, 'tools/faults/stranger.ts');
  const known = { ...front.connection, key: '' };
  const child = spawn(
    process.execPath,
    ['-r', 'ts-node/register/transpile-only', script, JSON.stringify(known)],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    },
  );
  let [text, complaint] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  const all = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Reached);
  if (all.length === 0) throw new Error(`Cannot run a stranger: ${complaint.slice(0, 300)}`);
  return all;
}

/** The most memory that the kernel had while `work` went on. */
async function peakDuring<T>(pid: number, work: Promise<T>): Promise<[T, number]> {
  let peak = residentOf(pid);
  const timer = setInterval(() => (peak = Math.max(peak, residentOf(pid))), 50);
  try {
    return [await work, peak];
  } finally {
    clearInterval(timer);
  }
}

/** As another account where this one may become it. */
export async function sixtyWays(transport: 'tcp' | 'ipc'): Promise<Outcome[]> {
  const isRoot = process.getuid?.() === 0;
  const name = `60 ways without the key, ${transport}`;
  const front = await FrontEnd.open(transport);
  try {
    await front.answers();
    const before = residentOf(front.pid);
    const [all, peak] = await peakDuring(front.pid, strangersWays(front, isRoot ? NOBODY : undefined));
    const answers = await front.answers();
    const forged = (await front.run('typeof (globalThis as any).forged')).result;
    const good = front.isAlive && answers && forged === "'undefined'" && peak < before + ROOM;
    const memory = `memory ${before.toFixed(0)} MB, at most ${peak.toFixed(0)}, then ${residentOf(front.pid).toFixed(0)}`;
    const connected = all.filter((each) => each.connected).length;
    const row = outcome(
      `${name}${isRoot ? ', as another account' : ', as the same account'}`,
      `${all.length} tried, ${connected} connected; alive ${front.isAlive}, answers ${answers}; ${memory}`,
      good && all.length === 12 * SOCKETS.length,
    );
    return [row, nothingRead(transport, isRoot, all)];
  } finally {
    await front.close();
  }
}

function nothingRead(transport: string, isRoot: boolean, all: readonly Reached[]): Outcome {
  const fault = `what a stranger reads, ${transport}`;
  const read = all.reduce((sum, each) => sum + each.read, 0);
  const result = `${all.filter((each) => each.read > 0).length} of ${all.length} ways, ${read} bytes`;
  if (transport === 'tcp')
    return outcome(fault, `${result} (outputs and beats are open to the machine: docs/class.md)`, undefined);
  if (!isRoot) return outcome(fault, 'not run: only root may become another account', undefined);
  return outcome(fault, result, read === 0);
}
