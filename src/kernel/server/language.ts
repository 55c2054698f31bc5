/** Calls to the language thread. */
import { Worker } from 'node:worker_threads';

import { setCompilerFlags } from '../language/garbage';
import type { LanguageAnswer, LanguageCall } from '../language/thread';
import type { LanguageRequests } from '../link/messages';

interface Waiting {
  readonly resolve: (output: never) => void;
  readonly reject: (error: Error) => void;
}

export class LanguageThread {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private next = 0;

  /** @param entry bin/kernel.js, which starts the thread's part. */
  constructor(entry: string) {
    setCompilerFlags();
    this.worker = new Worker(entry, { workerData: { part: 'language' } });
    this.worker.on('message', (answer: LanguageAnswer) => this.settle(answer));
    this.worker.on('error', (error) => this.failAll(error));
    this.worker.on('exit', () => this.failAll(new Error('the language thread ended')));
  }

  call<Name extends keyof LanguageRequests>(
    method: Name,
    input: LanguageRequests[Name]['input'],
  ): Promise<LanguageRequests[Name]['output']> {
    this.next += 1;
    const id = this.next;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, method, input } satisfies LanguageCall);
    });
  }

  private settle(answer: LanguageAnswer): void {
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if ('error' in answer) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer.output as never);
  }

  private failAll(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
