/**
 * Training in several processes, from a notebook or a program.
 * @module tsdl/launch
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { kernelHost } from '../notebook/host';
import type { Report } from '../train/callbacks/sending';
import type { History } from '../train/history';
import { INTERRUPTED, runCrew } from './crew';
import { Mirror } from './mirror';
import { localPlan } from './roster';

/** How a program is launched. */
export interface LaunchOptions {
  /** Processes on this machine; default 2. */
  readonly workers?: number;
  /** The program's own arguments. */
  readonly args?: readonly string[];
  /** How often all start anew when one is lost; default 0. */
  readonly restarts?: number;
  /** Goes on from the file of the program's callback `checkpoint`, where an interrupted run has left one. */
  readonly resume?: boolean;
  /** Shows progress and charts of the program's `fit` here; default true. */
  readonly display?: boolean;
  /** Seconds without an answer after which a worker counts as lost; default 3. */
  readonly patience?: number;
  /** Interrupts the run after the step it is in; default: the running cell's interrupt. */
  readonly signal?: AbortSignal;
}

/** What came of a launched program. */
export interface Launched {
  /** Of its last `fit`. */
  readonly history: History;
  /** The weights at its end, a safetensors file: `await loadStateDict(model, weights)`. It is there as long as this process. */
  readonly weights: string;
}

/** Lines of the workers that an error repeats. */
const LINES = 12;

/**
 * Runs a program in several processes that train one model, and shows here what its `fit` shows. The processes are the
 * program's own: nothing of this one is in them, and what becomes of them costs this one nothing.
 * @throws Error with the workers' last words if the program fails
 */
export async function launch(
  script: string,
  {
    workers = 2,
    args = [],
    restarts = 0,
    resume = false,
    display = true,
    patience = 3,
    signal,
  }: LaunchOptions = {},
): Promise<Launched> {
  const mirror = new Mirror(display);
  const words: string[] = [];
  const weights = newFile();
  const { code, reason } = await runCrew({
    ...localPlan(workers),
    ...{ script, args, restarts, resume, patience, gather: 60, inherit: false, weights },
    signal: signal ?? kernelHost()?.signal(),
    receive: (message) => mirror.receive(message as Report),
    print(line, rank) {
      words.push(line);
      words.splice(0, words.length - LINES);
      if (display) console.log(rank === 0 ? line : `[${rank}] ${line}`);
    },
    tell: (sentence) => console.log(sentence),
  });
  const history = await mirror.finish();
  if (code !== 0 && code !== INTERRUPTED) {
    throw new Error(`Cannot train in ${workers} workers: ${reason ?? code}\n${words.join('\n')}`);
  }
  return { history, weights };
}

let folder: string | undefined;
let files = 0;

/** A file of a folder that goes with this process. */
function newFile(): string {
  if (folder === undefined) {
    const made = (folder = mkdtempSync(join(tmpdir(), 'tsdl-launch-')));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  }
  return join(folder, `${++files}.safetensors`);
}
