/**
 * What an interrupt does. A co-operative cell is asked first and may finish its step; any other cell gets the interrupt
 * thrown at it, and is broken off if it does not notice.
 */
import type { Execution } from './execution';
import type { RuntimeProcess } from './runtime-process';

/** A co-operative cell that has not ended by then is interrupted like any other. */
const PATIENCE_MS = 10_000;
/** Code that looks at no flag (a package's loop) is broken off after this time. */
const UNNOTICED_MS = 250;

/** Sees to it that an interrupt reaches the cell it was meant for, kindly at first. */
export class Interrupts {
  private asked: unknown;
  private noticedBy: string | undefined;

  constructor(
    private readonly execution: Execution,
    private readonly runtime: RuntimeProcess,
  ) {}

  interrupt(): void {
    const { current } = this.execution;
    if (!current) {
      this.runtime.send({ type: 'stop-background' });
      return;
    }
    if (!this.execution.isStarted) {
      // It still compiles: there is nothing to stop yet, and nothing will start.
      this.execution.cancel();
      return;
    }
    if (!this.execution.isCooperative || this.asked === current) {
      this.stop();
      return;
    }
    this.asked = current;
    this.runtime.send({ type: 'abort' });
    this.unlessEnded(PATIENCE_MS, () => this.stop());
  }

  /** The cell has thrown its interrupt; its `finally` blocks may take their time. */
  noticed(id: string): void {
    this.noticedBy = id;
  }

  private stop(): void {
    this.noticedBy = undefined;
    this.runtime.interrupt('soft', this.execution.serial);
    this.unlessEnded(UNNOTICED_MS, () => {
      if (this.noticedBy === undefined) this.runtime.interrupt('hard', this.execution.serial);
    });
  }

  private unlessEnded(ms: number, then: () => void): void {
    const { current } = this.execution;
    setTimeout(() => {
      if (this.execution.current === current) then();
    }, ms).unref();
  }
}
