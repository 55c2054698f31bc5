/** The cell to which running code belongs: its output goes there, and its interrupt stops it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { inspect } from 'node:util';

import { deferred } from './originals';

/** Thrown into a cell that the user interrupts. */
export class KernelInterrupt extends Error {
  override readonly name = 'KernelInterrupt';

  constructor() {
    super('execution interrupted');
  }
}

/** Why a signal was aborted: code that asked for the signal may catch it. */
class Aborted extends KernelInterrupt {}

/** An interrupt that no `catch` may keep. */
export const isStop = (error: unknown): error is KernelInterrupt =>
  error instanceof KernelInterrupt && !(error instanceof Aborted);

interface Waiting {
  readonly reject: (reason: Error) => void;
  at: number;
}

/** One cell, from its start to the last timer that it left behind. */
export class CellContext {
  interrupted = false;
  /** The user asked again: what the cell runs to tidy up is stopped as well. */
  insisted = false;
  /** What rejects what the cell waits for. */
  private readonly waiting: Waiting[] = [];
  /** The timers that the cell started, each with its way to be cleared. */
  readonly timers = new Map<unknown, (timer: unknown) => void>();
  private controller: AbortController | undefined;

  constructor(
    /** Id of the request; outputs name it as their parent. */
    readonly id: string,
    /** Execution count. */
    readonly number: number,
  ) {}

  /** The signal that a co-operative interrupt aborts. */
  signal(): AbortSignal {
    this.controller ??= new AbortController();
    return this.controller.signal;
  }

  get isCooperative(): boolean {
    return this.controller !== undefined;
  }

  get isIdle(): boolean {
    return this.timers.size === 0 && this.waiting.length === 0;
  }

  abort(): void {
    this.controller?.abort(new Aborted());
  }

  /** Notes what the cell's interrupt rejects; gives the function that forgets it. */
  wait(reject: (reason: Error) => void): () => void {
    const { waiting } = this;
    const entry = { reject, at: waiting.length };
    waiting[entry.at] = entry; // no method: the cell may have replaced it
    return () => {
      if (waiting[entry.at] !== entry) return;
      const last = waiting[waiting.length - 1];
      waiting.length -= 1;
      if (last === undefined || last === entry) return;
      waiting[entry.at] = last;
      last.at = entry.at;
    };
  }

  /** Stops all that the cell waits for. */
  interrupt(): void {
    this.interrupted = true;
    noticed(this);
    this.abort();
    for (const [timer, clear] of this.timers) clear(timer);
    this.timers.clear();
    this.fail(new KernelInterrupt());
  }

  /** Rejects all that the cell waits for. */
  fail(reason: Error): void {
    for (const { reject } of this.waiting.splice(0)) reject(reason);
  }

  /** As `promise`, or the interrupt if that comes first. */
  unlessInterrupted<T>(promise: Promise<T>): Promise<T> {
    const { promise: either, resolve, reject } = deferred<T>();
    const forget = this.wait(reject);
    const follow = async (): Promise<void> => {
      try {
        resolve(await promise);
      } catch (error) {
        reject(error);
      }
      forget();
    };
    void follow();
    return either;
  }

  /** How it shows in what Node keeps with promises and timers. */
  [inspect.custom](): string {
    return `[cell ${this.number}]`;
  }
}

let noticed: (cell: CellContext) => void = () => undefined;

/** Calls `report` whenever a cell notices its interrupt. */
export function onInterrupt(report: (cell: CellContext) => void): void {
  noticed = report;
}

/** Follows a cell through its timers and promises. */
export const cells = new AsyncLocalStorage<CellContext>();

const live = new Set<CellContext>();
let foreground: CellContext | undefined;
let latest: CellContext | undefined;

/** The cell whose request is being answered now, if any. */
export const foregroundCell = (): CellContext | undefined => foreground;

/** The cell that running code belongs to; code that lost its cell belongs to the running or the last one. */
export const currentCell = (): CellContext | undefined => cells.getStore() ?? foreground ?? latest;

/** Makes a cell the one that runs. */
export function enter(cell: CellContext): void {
  foreground = cell;
  latest = cell;
  live.add(cell);
}

/** Ends a cell; it lives on while its timers and promises do. */
export function leave(cell: CellContext): void {
  if (foreground === cell) foreground = undefined;
  if (cell.isIdle) live.delete(cell);
}

/** Cells that may still run something after their end. */
export function backgroundCells(): CellContext[] {
  for (const cell of live) if (cell !== foreground && cell.isIdle) live.delete(cell);
  return [...live].filter((cell) => cell !== foreground);
}
