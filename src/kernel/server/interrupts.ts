/**
 * What an interrupt does. A co-operative cell is asked first and may finish its step; any other cell gets the interrupt
 * thrown at it, and is broken off if it does not notice. The second interrupt spares nothing that the cell runs to tidy
 * up; the third ends the runtime process, and the reader is told so before.
 */
import { say } from '../../../bin/bootstrap/language';
import type { Execution } from './execution';
import type { RuntimeProcess } from './runtime-process';

/** A co-operative cell that has not ended by then is interrupted like any other. */
const PATIENCE_MS = 10_000;
/** Code that looks at no flag (a package's loop) is broken off after this time. */
const UNNOTICED_MS = 250;
/** A cell that runs on after that time runs what nothing but its process's end can stop. */
const DEAF_MS = 2000;
/** The runtime has heard of an interrupt by then: a cell that waits for a child process must know of it before that ends. */
const HEARD_MS = 50;

interface Parts {
  readonly execution: Execution;
  readonly runtime: () => RuntimeProcess;
  /** What the debugger has stopped goes on; the cell of the serial at its next check ends. */
  readonly release: (serial: number) => void;
  /** Shows a sentence at the cell that runs. */
  readonly tell: (text: string) => void;
}

/** Sees to it that an interrupt reaches the cell it was meant for, kindly at first. */
export class Interrupts {
  private asked: unknown;
  private stopped: unknown;
  private times = 0;
  private noticedBy: string | undefined;

  constructor(private readonly parts: Parts) {}

  interrupt(): void {
    const { execution, runtime, release } = this.parts;
    const { current } = execution;
    const isStarted = current && execution.isStarted;
    if (isStarted && (!execution.isCooperative || this.asked === current)) {
      this.stop();
      return;
    }
    release(0);
    if (!current) runtime().send({ type: 'stop-background' });
    // It still compiles: there is nothing to stop yet, and nothing will start.
    else if (!isStarted) execution.cancel();
    else {
      this.asked = current;
      runtime().send({ type: 'abort' });
      this.unlessEnded(PATIENCE_MS, () => this.stop());
    }
  }

  /** The cell has thrown its interrupt; its `finally` blocks may take their time. */
  noticed(id: string): void {
    this.noticedBy = id;
  }

  private stop(): void {
    const { execution, runtime } = this.parts;
    if (this.stopped !== execution.current) this.times = 0;
    this.stopped = execution.current;
    this.times += 1;
    if (this.times > 2) {
      runtime().kill(say(ENDED));
      return;
    }
    const { serial } = execution;
    const isFirst = this.times === 1;
    this.noticedBy = undefined;
    this.parts.release(serial);
    runtime().interrupt(isFirst ? 'soft' : 'again', serial);
    // Child processes get what Ctrl-C gives them in a terminal, and then what a system gives them when it shuts down.
    this.unlessEnded(HEARD_MS, () => runtime().signal(isFirst ? 'SIGINT' : 'SIGTERM'));
    this.unlessEnded(UNNOTICED_MS, () => {
      if (!isFirst || this.noticedBy === undefined) runtime().interrupt('hard', serial);
    });
    const { times } = this;
    this.unlessEnded(DEAF_MS, () => {
      if (this.times === times) this.parts.tell(`${say(isFirst ? AGAIN : LAST)}\n`);
    });
  }

  private unlessEnded(ms: number, then: () => void): void {
    const { execution } = this.parts;
    const { current } = execution;
    setTimeout(() => {
      if (execution.current === current) then();
    }, ms).unref();
  }
}

const ENDED = {
  zh: '第三次中断结束了运行进程',
  en: 'the third interrupt ended the runtime process',
};

const AGAIN = {
  zh: '单元还没有停下：它在收尾，或者在运行中断不了的代码。再中断一次，收尾也会停下；第三次会结束运行进程，变量都会丢失。',
  en: 'The cell has not stopped: it tidies up, or runs code that does not listen. A second interrupt stops the tidying up, too; a third one ends the runtime process with all variables.',
};

const LAST = {
  zh: '单元还在运行中断不了的代码。再中断一次会结束运行进程，变量都会丢失。',
  en: 'The cell still runs code that does not listen. One more interrupt ends the runtime process with all variables.',
};
