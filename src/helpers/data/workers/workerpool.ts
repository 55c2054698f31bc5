/**
 * Worker threads that make batches ahead of the step that needs them. Batch i goes to thread i modulo their number and
 * comes back in order; its arrays change hands without a copy.
 */
import { extname, join } from 'node:path';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';

import { toTensor } from '../tensors';
import { compilerLine, START } from './compilerline';
import type { Recipe } from './factory';
import type { Answer, PackedLeaf, Task } from './workerthread';

interface Thread {
  readonly worker: Worker;
  readonly port: MessagePort;
  close(): void;
}

/** Threads, each with the same data set. */
export class WorkerPool {
  private readonly threads: readonly Thread[];
  private readonly answers = new Map<number, Answer>();
  private failure: Error | undefined;
  private wake: (() => void) | undefined;
  private ended = false;
  /** Tells the batches of one walk from those of another that was left. */
  private base = 0;

  constructor(recipe: Recipe, count: number) {
    this.threads = Array.from({ length: count }, (_, number) => this.start(recipe, number));
  }

  /** Has batches made, `ahead` of them before they are asked for; `next` gives one after the other. */
  ordered(tasks: readonly Omit<Task, 'id'>[], ahead: number): { next(): Promise<unknown> } {
    const base = this.base;
    this.base += tasks.length;
    let [sent, taken] = [0, 0];
    const send = () => {
      for (; sent < Math.min(tasks.length, taken + ahead); sent++) {
        this.send({ ...(tasks[sent] as Task), id: base + sent });
      }
    };
    return {
      next: async () => {
        send();
        const answer = await this.take(base + taken);
        taken++;
        send();
        if ('error' in answer) throw answer.error;
        return unpacked(answer.value);
      },
    };
  }

  /** Ends the threads, whatever they are at. */
  dispose(): void {
    this.ended = true;
    for (const thread of this.threads) {
      thread.close();
      thread.port.close();
      void thread.worker.terminate();
    }
  }

  private start(recipe: Recipe, number: number): Thread {
    const { port1: port, port2 } = new MessageChannel();
    const entry = join(__dirname, `workerthread${extname(__filename)}`);
    const compiler = compilerLine();
    const worker = new Worker(START, {
      eval: true,
      workerData: { compiler: compiler?.line, entry, recipe, port: port2 },
      transferList: [port2, ...(compiler ? [compiler.line.port] : [])],
    });
    port.on('message', (answer: Answer) => this.arrived(answer));
    const ended = (error: Error) => {
      if (this.ended) return;
      this.failure ??= error;
      this.wake?.();
    };
    worker.on('error', ended);
    worker.on('exit', (code) =>
      ended(new Error(`Cannot load a batch: worker thread ${number} ended with code ${code}`)),
    );
    worker.unref(); // a loop that was left does not keep the process
    port.unref();
    return { worker, port, close: () => compiler?.close() };
  }

  private send(task: Task): void {
    this.threads[task.id % this.threads.length]?.port.postMessage(task);
  }

  private arrived(answer: Answer): void {
    this.answers.set(answer.id, answer);
    this.wake?.();
  }

  /** Waits for one answer; what has come meanwhile is taken without a turn of the event loop. */
  private async take(id: number): Promise<Answer> {
    for (;;) {
      this.drain();
      const answer = this.answers.get(id);
      if (answer) {
        this.answers.delete(id);
        return answer;
      }
      if (this.failure) throw this.failure;
      this.hold(true);
      await new Promise<void>((resolve) => (this.wake = resolve));
      this.wake = undefined;
      this.hold(false);
    }
  }

  private drain(): void {
    for (const { port } of this.threads) {
      for (let got = receiveMessageOnPort(port); got; got = receiveMessageOnPort(port)) {
        this.arrived(got.message as Answer);
      }
    }
  }

  /** Keeps the process while somebody waits. */
  private hold(on: boolean): void {
    for (const { worker, port } of this.threads) {
      for (const end of [worker, port]) {
        if (on) end.ref();
        else end.unref();
      }
    }
  }
}

/** The batch with tensors where packed arrays stand. */
function unpacked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpacked);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if ('packed' in value) return toTensor((value as PackedLeaf).packed);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unpacked(item)]));
}
