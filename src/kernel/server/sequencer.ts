/** Puts the runtime's printed bytes and its messages back into one order. */
import type { FromRuntime, StreamName } from '../link/messages';
import { Lane } from './lane';

interface Handlers {
  /** Text that native code, a child process or the running cell printed. */
  printed(stream: StreamName, text: string): void;
  message(message: FromRuntime): void;
}

/** A lost mark (a program closed standard output) must not hold a cell for ever. */
const LOST_MARK_MS = 1000;

/** Puts printed bytes and messages, which come by different pipes, into the order in which they were sent. */
export class Sequencer {
  readonly stdout: Lane;
  readonly stderr: Lane;
  private readonly waiting: FromRuntime[] = [];
  /** Items of standard output that wait for the messages before them. */
  private readonly held: (string | number)[] = [];
  private passed = 0;
  private errorPassed = 0;
  private handled = 0;
  private lost: NodeJS.Timeout | undefined;

  constructor(
    nonce: string,
    private readonly handlers: Handlers,
  ) {
    this.stdout = new Lane(nonce, (item) => {
      this.held.push(item);
      this.advance();
    });
    this.stderr = new Lane(nonce, (item) => {
      if (typeof item === 'string') handlers.printed('stderr', item);
      else this.errorPassed = Math.max(this.errorPassed, item);
      this.advance();
    });
  }

  push(message: FromRuntime): void {
    if (sequenceOf(message) === 0) this.handlers.message(message);
    else this.waiting.push(message);
    this.advance();
  }

  /** The runtime is gone: what it sent is shown without waiting for marks. */
  flush(): void {
    for (const item of this.held.splice(0))
      if (typeof item === 'string') this.handlers.printed('stdout', item);
    for (const message of this.waiting.splice(0)) {
      this.handled = Math.max(this.handled, sequenceOf(message));
      this.handlers.message(message);
    }
    this.passed = Math.max(this.passed, this.handled);
  }

  private advance(): void {
    while (this.printNext() || this.handleNext());
    clearTimeout(this.lost);
    this.lost = this.waiting.length > 0 ? setTimeout(() => this.flush(), LOST_MARK_MS) : undefined;
  }

  /** What stands after a mark waits until the mark's message has been handled. */
  private printNext(): boolean {
    const [item] = this.held;
    if (item === undefined || this.passed > this.handled) return false;
    this.held.shift();
    if (typeof item === 'string') this.handlers.printed('stdout', item);
    else this.passed = Math.max(this.passed, item);
    return true;
  }

  private handleNext(): boolean {
    const [message] = this.waiting;
    if (!message) return false;
    const seq = sequenceOf(message);
    if (seq > this.passed || (message.type === 'done' && seq > this.errorPassed)) return false;
    this.waiting.shift();
    this.handled = seq;
    this.handlers.message(message);
    return true;
  }
}

const sequenceOf = (message: FromRuntime): number => ('seq' in message ? (message.seq ?? 0) : 0);
