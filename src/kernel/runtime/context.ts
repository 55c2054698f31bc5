/** The cell to which running code belongs: its output goes there, and its interrupt stops it. */
import { AsyncLocalStorage } from 'node:async_hooks';

/** Thrown into a cell that the user interrupts. */
export class KernelInterrupt extends Error {
  override readonly name = 'KernelInterrupt';

  constructor() {
    super('execution interrupted');
  }
}

/** One cell, from its start to the last timer that it left behind. */
export class CellContext {
  interrupted = false;
  /** Rejects what the cell waits for. */
  readonly waiting = new Set<(reason: KernelInterrupt) => void>();
  /** Clears the timers that the cell started. */
  readonly timers = new Set<() => void>();
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

  abort(): void {
    this.controller?.abort(new KernelInterrupt());
  }

  /** As `promise`, or the interrupt if that comes first. */
  unlessInterrupted<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.waiting.add(reject);
      const done = (): boolean => this.waiting.delete(reject);
      promise.finally(done).then(resolve, reject);
    });
  }

  /** Stops all that the cell waits for. */
  interrupt(): void {
    this.interrupted = true;
    noticed(this);
    this.abort();
    for (const clear of this.timers) clear();
    this.timers.clear();
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const reject of waiting) reject(new KernelInterrupt());
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
  if (cell.timers.size === 0 && cell.waiting.size === 0) live.delete(cell);
}

/** Cells that may still run something after their end. */
export function backgroundCells(): CellContext[] {
  for (const cell of live)
    if (cell !== foreground && cell.timers.size === 0 && cell.waiting.size === 0) live.delete(cell);
  return [...live].filter((cell) => cell !== foreground);
}
