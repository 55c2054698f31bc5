/**
 * Keeps the language thread's memory level. Every cell leaves a dead program of some megabytes that has grown old
 * enough for V8 to put off its collection, until the thread holds four times what it needs.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Dead programs, in bytes, that are cleared away between two cells although more requests may wait. */
const MUCH = 64 * 2 ** 20;
/** The same for a thread without anything to do. */
const SOME = 16 * 2 ** 20;
const IDLE_MS = 300;

/**
 * For the whole process, before the thread starts. Optimizing the compiler's largest functions takes V8 100 MB and
 * more, which the process keeps, and makes cells no faster; compacting keeps the heap from fraying.
 */
export function setMemoryFlags(): void {
  setFlagsFromString('--max-optimized-bytecode-size=8000');
  setFlagsFromString('--compact-on-every-full-gc');
}

export class Garbage {
  private readonly collect: () => void;
  private live = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor() {
    setFlagsFromString('--expose-gc');
    this.collect = runInNewContext('gc') as () => void;
  }

  /** After a cell: clears away now if there is much, and soon if there is some. */
  afterCell(): void {
    const used = heapUsed();
    if (this.live === 0) this.live = used;
    if (used - this.live > MUCH) this.clear();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (heapUsed() - this.live > SOME) this.clear();
    }, IDLE_MS).unref();
  }

  private clear(): void {
    this.collect();
    this.live = heapUsed();
  }
}

const heapUsed = (): number => getHeapStatistics().used_heap_size;
