/**
 * This process as a worker of a cluster: which of how many, joining it, and what becomes of it when another one is lost.
 * A process that `tsdl launch` has not started is the only one of one worker, and nothing here is loaded or called.
 */
import { createRequire } from 'node:module';
import { constants } from 'node:os';

import { say } from '../../../bin/bootstrap/language';

/** What `tsdl launch` tells a worker, as JSON in TSDL_CLUSTER. */
export interface Membership {
  /** `host:port` of each worker, this one's too. */
  readonly hosts: readonly string[];
  readonly rank: number;
  /** The network device on which this worker answers; none where it cannot be chosen. */
  readonly network?: string;
  /** Seconds without an answer after which a worker is given up. */
  readonly patience: number;
  /** Seconds to wait for all workers at the start. */
  readonly gather: number;
  /** Whether the network is the workers' own, new and not yet up. */
  readonly alone?: boolean;
  /** The descriptor of the memory that the workers of one machine share; see sharedsum.cc. */
  readonly memory?: number | undefined;
  /** How often all workers were started anew. */
  readonly restart?: number;
  /** Where worker 0 leaves the weights of a run that another process shows, to which it sends what happens. */
  readonly weights?: string | undefined;
  /** When they were started first, in milliseconds of `Date.now()`. */
  readonly launched?: number;
}

/** The addon in cluster.cc. */
interface Addon {
  join(serverDef: Uint8Array): void;
  openAt(target: string, config: Uint8Array): void;
  answers(task: number, ms: number): boolean;
  watch(tasks: readonly number[], pauseMs: number, answerMs: number, misses: number): void;
  lost(): string;
  limitTo(port: number, device: string): void;
  bringUp(device: string): void;
}

/** The one in sharedsum.cc. */
interface SumAddon {
  share(fd: number, rank: number, size: number): void;
}

/** Opens one of the two where TensorFlow's library may be loaded. */
type Load = <T>(addon: 'cluster' | 'sharedsum', open: (file: string) => T) => T;

/** The exit code of a worker whose port was taken: the launcher chooses others. */
export const PORT_TAKEN = 75;
/** That of one that has lost another; also in cluster.cc. */
export const LOST = 70;

/** @throws RangeError unless the variable is what the launcher writes */
function parse(text: string | undefined): Membership | undefined {
  if (text === undefined || text === '') return undefined;
  const given = JSON.parse(text) as Membership;
  const { hosts, rank } = given;
  if (Array.isArray(hosts) && Number.isInteger(rank) && rank >= 0 && rank < hosts.length) return given;
  throw new RangeError(`Cannot join a cluster: expected TSDL_CLUSTER as tsdl launch sets it, got ${text}`);
}

const member = parse(process.env.TSDL_CLUSTER);

/** How many workers train together; 1 outside of a cluster. */
export const size = member?.hosts.length ?? 1;
/** Which of them this process is, counted from 0. */
export const rank = member?.rank ?? 0;
/** Where the weights go, where another process shows this worker's run. */
export const weightsFile = rank === 0 ? member?.weights : undefined;
/** How often all workers were started anew. */
export const restarts = member?.restart ?? 0;
/** When the run began, where its workers were started anew since; undefined in their first start. */
export const restartedRun = restarts > 0 ? member?.launched : undefined;

/** Whether sums go through memory that all workers have, and not over the network. */
export const sharesMemory = size > 1 && member?.memory !== undefined;

let joined: { readonly addon: Addon; readonly target: string; readonly config: Uint8Array } | undefined;

const nameOf = (worker: number): string => `worker ${worker} (${member?.hosts[worker] ?? ''})`;
const others = (): number[] => Array.from({ length: size }, (_, i) => i).filter((i) => i !== rank);

/** All of a small cluster; of a large one the neighbours in the ring and worker 0, who notice for all. */
const WATCH_ALL = 16;
const isWatched = (worker: number): boolean =>
  size <= WATCH_ALL || worker === 0 || [1, size - 1].includes((worker - rank + size) % size);

const sleep = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** Loads the addon, and its symbols in front of those of libraries that are loaded later. */
function open<T>(file: string): T {
  const module = { exports: {} };
  process.dlopen(module, file, constants.dlopen.RTLD_LAZY | constants.dlopen.RTLD_GLOBAL);
  return module.exports as T;
}

/**
 * Joins the cluster, if there is one; before the binding is loaded, with whose sessions the addon will deal.
 * @param load has the addons opened where TensorFlow's library may be loaded
 * @throws Error where the server cannot be started or shut off, or a worker does not come
 */
export function joinCluster(load: Load): void {
  if (!member || size === 1) return;
  if (process.platform !== 'linux') {
    throw new Error(`Cannot join a cluster: expected Linux, got ${process.platform}`);
  }
  const { hosts, network } = member;
  const host = hosts[rank] ?? '';
  const { serverMessages } = createRequire(__filename)('./serverdef') as typeof import('./serverdef');
  const addon = load<Addon>('cluster', open);
  if (member.memory !== undefined) load<SumAddon>('sharedsum', open).share(member.memory, rank, size);
  if (member.alone) addon.bringUp('lo');
  const { server, config } = serverMessages(hosts, rank);
  start(addon, server, host);
  if (network !== undefined) limit(addon, Number(host.split(':').at(-1)), network);
  gather(addon, member);
  joined = { addon, target: `grpc://${host}`, config };
  // the third answer that does not come, and the pause in which a worker freezes, are all of its patience
  const ms = (member.patience * 1000) / 10;
  addon.watch(others().filter(isWatched), Math.round(ms), Math.round(2 * ms), 3);
}

function start(addon: Addon, server: Uint8Array, host: string): void {
  try {
    addon.join(server);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (/Could not start gRPC server/.test(why)) {
      process.stderr.write(`Cannot join the cluster: ${host} is taken by another program\n`);
      process.exit(PORT_TAKEN);
    }
    throw new Error(`Cannot join the cluster as ${nameOf(rank)}: ${why}`, { cause: error });
  }
}

/** @throws Error where the kernel does not allow it: TensorFlow's server asks nobody for a password */
function limit(addon: Addon, port: number, network: string): void {
  try {
    addon.limitTo(port, network);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `Cannot shut port ${port} off from networks other than ${network}: ${why}; expected Linux 5.7 or newer ` +
        'and the name of a network device (--interface)',
      { cause: error },
    );
  }
}

/** Waits until all workers answer, and says for whom. */
function gather(addon: Addon, { gather: seconds }: Membership): void {
  const until = performance.now() + seconds * 1000;
  let told = performance.now();
  let waiting = others();
  while (waiting.length > 0) {
    waiting = waiting.filter((worker) => !addon.answers(worker, 1000));
    const [first] = waiting;
    if (first === undefined) return;
    const now = performance.now();
    if (now > until) {
      process.once('exit', () => void (process.exitCode = LOST));
      throw new Error(`Cannot start: ${waiting.map(nameOf).join(', ')} did not come within ${seconds} s`);
    }
    if (now - told > 5000) {
      told = now;
      const names = waiting.map(nameOf).join(', ');
      console.error(say({ zh: `等待 ${names}`, en: `waiting for ${names}` }));
    }
    sleep(50);
  }
}

/** Opens a session at this worker's server, where collective operations find the others, or as always. */
export function openingAt<T>(server: boolean, load: () => T): T {
  if (!joined) return load();
  const { addon, target, config } = joined;
  addon.openAt(server ? target : '', server ? config : new Uint8Array());
  return load();
}

/** The workers that do not answer, by name; undefined if all do. Takes some seconds where one is frozen. */
function whoIsLost({ addon }: { readonly addon: Addon }): string | undefined {
  const ms = Math.min(1000, ((member?.patience ?? 1) * 1000) / 4);
  for (let attempt = 0; attempt < 3; attempt++) {
    const known = addon.lost();
    const list =
      known === '' ? others().filter((one) => isWatched(one) && !addon.answers(one, ms)) : known.split(',');
    if (list.length > 0) return list.map((one) => nameOf(Number(one))).join(', ');
    sleep(200); // a process that ends closes one connection after the other
  }
  return undefined;
}

let broken = false;

/** What sharedsum.cc says where workers do not sum the same. */
const APART = 'workers have come to different sums';

/**
 * Runs a step in which workers need each other.
 * @throws Error that names the worker that was lost, or says that they take different steps
 */
export function together<T>(step: () => T): T {
  if (!joined) return step();
  try {
    return step();
  } catch (error) {
    if (error instanceof Error && error.message.includes(APART)) {
      const why = 'one takes a step that another does not; let nothing but output depend on rank';
      throw new Error(`Cannot go on: ${APART}: ${why}`, { cause: error });
    }
    const who = whoIsLost(joined);
    if (who === undefined) throw error;
    broken = true;
    throw new Error(`Cannot go on: ${who} does not answer`, { cause: error });
  }
}

/** Calls `barrier` before this worker leaves, so that none goes while others still read from it. */
export function leaveTogether(barrier: () => void): void {
  if (!joined) return;
  process.once('exit', (code) => {
    try {
      if (code === 0 && !broken) barrier();
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
    if (broken) process.exitCode = LOST;
    sleep(broken ? LINGER_AFTER_LOSS : LINGER);
  });
}

/** Milliseconds that a worker still answers; after a loss, so that the others name the one that was lost first. */
const [LINGER, LINGER_AFTER_LOSS] = [700, 300];
