/** What an interrupt does: a co-operative cell is asked first, any other is broken off. */
import type { Execution } from './execution';
import type { RuntimeProcess } from './runtime-process';

/** A co-operative cell that has not ended by then is broken off. */
const PATIENCE_MS = 10_000;

export class Interrupts {
  private asked: unknown;

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
    if (!this.execution.isCooperative || this.asked === current) {
      this.runtime.interrupt();
      return;
    }
    this.asked = current;
    this.runtime.send({ type: 'abort' });
    const force = setTimeout(() => {
      if (this.execution.current === current) this.runtime.interrupt();
    }, PATIENCE_MS);
    force.unref();
  }
}
