/** All workers of a run: started together, ended together when one ends badly, and started anew as often as allowed. */
import { randomInt } from 'node:crypto';
import { closeSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import { say } from '../../../bin/bootstrap/language';
import { LOST, PORT_TAKEN } from '../../engine/backend/membership';
import { MOST_SHARING, openMemory } from './commonmemory';
import { cardsFor, environmentsOf } from './equipment';
import { freeHosts, networkOf, type Plan } from './roster';
import { type End, type Program, startWorker, type Worker } from './worker';

/** A run of several workers. */
export interface CrewOptions extends Plan, Omit<Program, 'env'> {
  /** The network device; found by the addresses where it is not given. */
  readonly network?: string | undefined;
  /** Whether the workers are alone in a network of their own, which they have to bring up. */
  readonly alone?: boolean;
  readonly patience: number;
  readonly gather: number;
  /** How often all start anew after one has ended badly. */
  readonly restarts: number;
  /** Goes on from a checkpoint that is there already. */
  readonly resume?: boolean;
  /** Where worker 0 leaves the weights of a run that this process shows. */
  readonly weights?: string;
  /** Variables for all workers. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends all: politely, then not. */
  readonly signal?: AbortSignal | undefined;
  /** Gets sentences about the run itself. */
  readonly tell: (sentence: string) => void;
}

/** How a run ended: the worst exit code of its last attempt, and a sentence where that is not 0. */
export interface Outcome {
  readonly code: number;
  readonly reason?: string;
}

/** Exit code of what Ctrl-C ended, as shells have it. */
export const INTERRUPTED = 130;
const PORT_ATTEMPTS = 5;
/** Seconds that workers have for a checkpoint after Ctrl-C. */
const POLITE = 15;
/** Seconds that workers have to notice the loss of another. */
const GRACE = 3;
/** The first port in a network of the workers' own. */
const FIRST_PORT = 2222;

function describe({ rank, code, signal }: End, frozen: boolean): string {
  if (frozen)
    return say({
      zh: `worker ${rank} 没有响应，已被结束`,
      en: `worker ${rank} did not answer and was ended`,
    });
  return signal === null
    ? say({ zh: `worker ${rank} 以退出码 ${code} 结束`, en: `worker ${rank} ended with exit code ${code}` })
    : say({ zh: `worker ${rank} 被 ${signal} 结束`, en: `worker ${rank} was ended by ${signal}` });
}

/** Whether sums may go through memory: workers of one machine without cards, which are not to share nothing. */
const mayShare = ({ hosts, workers, alone }: CrewOptions): boolean =>
  process.platform === 'linux' &&
  !hosts &&
  !alone &&
  workers > 1 &&
  workers <= MOST_SHARING &&
  cardsFor(process.env) === 0;

/** Starts the workers of this machine. */
async function start(options: CrewOptions, restart: number, launched: number): Promise<Worker[]> {
  const { workers, ranks, patience, gather, alone = false, weights, tell } = options;
  const own = alone ? ranks.map((rank) => `127.0.0.1:${FIRST_PORT + rank}`) : undefined;
  const hosts = options.hosts ?? own ?? (await freeHosts(workers));
  const machine = environmentsOf(ranks, cardsFor(process.env), process.env);
  const seed = options.hosts ? {} : { TSDL_SEED: process.env.TSDL_SEED || String(randomInt(2 ** 31)) };
  const crew: Worker[] = [];
  const memory = mayShare(options) ? openMemory(workers, tell) : undefined;
  for (const rank of ranks) {
    const network = options.network ?? (workers > 1 ? await networkOf(hosts, hosts[rank] ?? '') : 'lo');
    const env = { ...seed, ...machine(rank, network), ...options.env };
    const membership = { hosts, rank, network, alone, patience, gather, restart, launched, weights };
    crew.push(startWorker({ ...options, env }, membership, memory));
  }
  if (memory !== undefined) closeSync(memory);
  return crew;
}

/** How an attempt ended: its workers in the order of their ends, and those that had to be ended, the likeliest culprit first. */
interface Ends {
  readonly ends: readonly End[];
  readonly frozen: ReadonlySet<number>;
}

const running = ({ process }: Worker): boolean => process.exitCode === null && process.signalCode === null;

function isStopped(pid: number | undefined): boolean {
  try {
    return /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false; // it has ended, or the system does not say
  }
}

/** Waits for all; for some seconds only once one has ended badly, or when it is asked to end. */
async function untilEnd(crew: readonly Worker[], signal: AbortSignal | undefined): Promise<Ends> {
  const timers = new Set<NodeJS.Timeout>();
  const frozen = new Set<number>();
  const send = (name: NodeJS.Signals) => {
    const stopped = ({ process }: Worker) => Number(isStopped(process.pid));
    // the stopped ones first: one that is merely slow to notice them is not to blame
    for (const worker of crew.filter(running).sort((a, b) => stopped(b) - stopped(a))) {
      if (name === 'SIGKILL') frozen.add(worker.rank);
      worker.process.kill(name);
    }
  };
  const killIn = (seconds: number) => timers.add(setTimeout(() => send('SIGKILL'), seconds * 1000));
  const interrupt = () => {
    send('SIGINT');
    killIn(POLITE);
  };
  const endStopped = () => {
    for (const { rank, process } of crew.filter(running)) {
      if (isStopped(process.pid) && process.kill('SIGKILL')) frozen.add(rank);
    }
  };
  const ends: End[] = [];
  const followed = crew.map(async ({ end }) => {
    const how = await end;
    ends.push(how);
    timers.add(setInterval(endStopped, GRACE * 1000)); // one that freezes while it leaves: no other watches it any more
    if (how.code !== 0) killIn(GRACE); // the others notice, too, and say so themselves
  });
  if (signal?.aborted) interrupt();
  signal?.addEventListener('abort', interrupt, { once: true });
  try {
    await Promise.all(followed);
    return { ends, frozen };
  } finally {
    signal?.removeEventListener('abort', interrupt);
    timers.forEach(clearTimeout);
  }
}

/** The worker to blame: the first that ended badly by itself, or one that froze; not those that only noticed it. */
function reasonOf({ ends, frozen }: Ends): string | undefined {
  const bad = ends.filter(({ code }) => code !== 0);
  const blamed =
    bad.find(({ code, rank }) => code !== LOST && !frozen.has(rank)) ??
    [...frozen].flatMap((rank) => bad.find((end) => end.rank === rank) ?? [])[0] ??
    bad[0];
  return blamed && describe(blamed, frozen.has(blamed.rank));
}

/**
 * Runs a program in several workers.
 * @throws RangeError if a worker cannot be started as asked
 */
export async function runCrew(options: CrewOptions): Promise<Outcome> {
  const { restarts, signal, tell, patience, resume = false } = options;
  const launched = resume ? 0 : Date.now();
  let ports = 0;
  for (let restart = 0; ;) {
    const result = await untilEnd(await start(options, restart + (resume ? 1 : 0), launched), signal);
    const { ends } = result;
    if (signal?.aborted) return { code: INTERRUPTED, reason: say({ zh: '已中断', en: 'interrupted' }) };
    if (!options.hosts && ends.some(({ code }) => code === PORT_TAKEN) && ports++ < PORT_ATTEMPTS) continue;
    const reason = reasonOf(result);
    if (reason === undefined) return { code: 0 };
    if (restart >= restarts) return { code: Math.max(1, ...ends.map(({ code }) => code ?? 1)), reason };
    restart++;
    tell(
      say({
        zh: `${reason}；全部重新启动（第 ${restart}/${restarts} 次）`,
        en: `${reason}; all start anew (${restart} of ${restarts})`,
      }),
    );
    // on other machines the workers of this attempt have to be gone before the next one begins
    if (options.hosts) await pause((patience + 2) * 1000);
  }
}
