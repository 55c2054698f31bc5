/** Calls to the language thread. */
import { Worker } from 'node:worker_threads';

import { unawaited } from '../jupyter/unawaited';
import { setCompilerFlags } from '../language/garbage';
import type { LanguageAnswer, LanguageCall } from '../language/thread';
import type { LanguageRequests } from '../link/messages';

interface Waiting {
  readonly resolve: (output: never) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The compiler keeps what it makes: room for more young objects is seldom filled with any that die, and V8 does not
 * give it back.
 */
const LIMITS = { maxYoungGenerationSizeMb: 8 };

/** The server's end of the thread that compiles, completes and explains. */
export class LanguageThread {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private next = 0;
  /** What earlier cells declared, for a thread that takes the place of one that ended. */
  private declarations = '';

  /** @param entry bin/kernel.js, which starts the thread's part. */
  constructor(private readonly entry: string) {
    setCompilerFlags();
  }

  /** Asks the thread, which starts with the first question and again with the first one after its end. */
  call<Name extends keyof LanguageRequests>(
    method: Name,
    input: LanguageRequests[Name]['input'],
  ): Promise<LanguageRequests[Name]['output']> {
    this.next += 1;
    const id = this.next;
    const worker = (this.worker ??= this.start());
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      worker.postMessage({ id, method, input } satisfies LanguageCall);
    });
  }

  /** Makes the last cell's names known. */
  async commit(unassigned: readonly string[]): Promise<void> {
    this.declarations = await this.call('commit', { unassigned });
  }

  /** The values of all names are gone. */
  forget(): void {
    this.declarations = '';
    unawaited(this.call('restore', { declarations: '' }));
  }

  /** Ends what the thread is at; it starts anew with the next question. */
  breakOff(): void {
    const { worker } = this;
    if (!worker) return;
    this.ended(worker, 'interrupted');
    unawaited(worker.terminate());
  }

  private start(): Worker {
    const worker = new Worker(this.entry, { workerData: { part: 'language' }, resourceLimits: LIMITS });
    worker.on('message', (answer: LanguageAnswer) => this.settle(answer));
    worker.on('error', (error) => this.ended(worker, error.message));
    worker.on('exit', (code) => this.ended(worker, `exit code ${code}`));
    const { declarations } = this;
    if (declarations !== '')
      worker.postMessage({ id: 0, method: 'restore', input: { declarations } } satisfies LanguageCall);
    return worker;
  }

  private settle(answer: LanguageAnswer): void {
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if ('error' in answer) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer.output as never);
  }

  private ended(worker: Worker, reason: string): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    const text = `Cannot compile: the compiler ended (${reason}); it starts anew and knows what earlier cells declared`;
    for (const { reject } of this.waiting.values()) reject(new Error(text));
    this.waiting.clear();
  }
}
