/** One worker as a child process: how it is started, and what it prints. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join, resolve } from 'node:path';

import type { Membership } from '../../engine/backend/membership';
import { packed, partReady, PROJECT } from '../../engine/backend/paths';

/** How the programs of all workers are started. */
export interface Program {
  readonly script: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gets each line that a worker prints, without its end. */
  readonly print: (line: string, rank: number) => void;
  /** Whether worker 0 writes to this process's own screen instead. */
  readonly inherit: boolean;
  /** Gets what worker 0 sends by `process.send`. */
  readonly receive?: (message: unknown) => void;
}

/** How a worker ended. */
export interface End {
  readonly rank: number;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A worker that runs. */
export interface Worker {
  readonly rank: number;
  readonly process: ChildProcess;
  readonly end: Promise<End>;
}

/** What Node needs to run a TypeScript file: what a project with the package has for it, else our own way. */
function loaders(script: string): string[] {
  if (!['.ts', '.mts', '.cts'].includes(extname(script))) return [];
  const find = (from: string, name: string): string | undefined => {
    try {
      return createRequire(join(from, 'package.json')).resolve(name);
    } catch {
      return undefined;
    }
  };
  const folder = dirname(resolve(script));
  const tsx = packed ? find(folder, 'tsx') : undefined;
  if (tsx !== undefined) return ['--import', tsx];
  const node = packed ? find(folder, 'ts-node/register/transpile-only') : undefined;
  if (node !== undefined) return ['-r', node];
  // without TypeScript (it comes with the kernel) Node reads it by itself, from 22.18 on
  return partReady('kernel') ? ['-r', join(PROJECT, 'bin', 'bootstrap', 'transpile.js')] : [];
}

function lines(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    parts.forEach(take);
  });
  stream?.on('end', () => rest !== '' && take(rest));
}

/** The descriptor under which a worker finds the memory that it shares with the others. */
const MEMORY = 3;

/**
 * Starts a worker, which inherits the descriptor `memory`.
 * @throws RangeError if there is no such script
 */
export function startWorker(program: Program, membership: Membership, memory?: number): Worker {
  const { script, args, env, print, inherit, receive } = program;
  const { rank } = membership;
  if (!existsSync(script)) throw new RangeError(`Cannot launch: expected a file, got "${script}"`);
  const screen = inherit && rank === 0 ? 'inherit' : 'pipe';
  const process = spawn(global.process.execPath, [...loaders(script), script, ...args], {
    env: {
      ...global.process.env,
      ...(rank > 0 && { TSDL_QUIET: '1' }),
      ...env,
      TSDL_CLUSTER: JSON.stringify({ ...membership, ...(memory !== undefined && { memory: MEMORY }) }),
    },
    stdio: [
      'ignore',
      screen,
      screen,
      memory ?? 'ignore',
      ...(receive && rank === 0 ? (['ipc'] as const) : []),
    ],
    // a group of its own: Ctrl-C reaches it through the launcher, once
    detached: true,
  });
  lines(process.stdout, (line) => print(line, rank));
  lines(process.stderr, (line) => print(line, rank));
  if (receive) process.on('message', receive);
  const end = new Promise<End>((resolve, reject) => {
    process.once('error', reject);
    process.once('close', (code, signal) => resolve({ rank, code, signal }));
  });
  return { rank, process, end };
}
