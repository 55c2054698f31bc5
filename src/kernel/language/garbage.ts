/**
 * Keeps the language thread's memory level. Every cell leaves a dead program of a megabyte or more. V8 makes the type
 * checker's thousands of closures among the old objects, so that no collection of the young ones frees what they hold,
 * and it puts off the next full collection until the thread holds four times what it needs.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Dead programs, in bytes, that are cleared away between two cells although more requests may wait. */
const MUCH = 16 * 2 ** 20;
/** The same for a thread without anything to do. */
const SOME = 12 * 2 ** 20;
const IDLE_MS = 300;

/**
 * For the whole process, before the thread starts. Optimizing the compiler's largest functions takes V8 100 MB and
 * more, which the process keeps, and makes cells no faster; below this limit no function took more than 6 MB. Most of
 * the compiler runs a few times in a session, which V8 would interpret: machine code without optimization, made at the
 * first call, takes a fifth off a cell's time and no longer to start.
 */
export function setCompilerFlags(): void {
  setFlagsFromString('--max-optimized-bytecode-size=2000');
  setFlagsFromString('--always-sparkplug');
}

/** Clears the language thread's garbage away between cells, where nobody waits. */
export class Garbage {
  private live = 0;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param collect Collects all garbage of this thread.
   * @param used Bytes of this thread's heap in use.
   * @param idleMs Milliseconds without a cell after which the thread counts as idle.
   */
  constructor(
    private readonly collect: () => void = exposedGc(),
    private readonly used: () => number = () => getHeapStatistics().used_heap_size,
    private readonly idleMs = IDLE_MS,
  ) {}

  /** After a cell: clears away now if there is much, and soon if there is some. */
  afterCell(): void {
    if (this.live === 0) this.live = this.used();
    this.clearIfOver(MUCH);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.clearIfOver(SOME), this.idleMs);
    this.timer.unref();
  }

  private clearIfOver(bytes: number): void {
    if (this.used() - this.live <= bytes) return;
    this.collect();
    this.live = this.used();
  }
}

function exposedGc(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
