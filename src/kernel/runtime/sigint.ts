/**
 * A thread that notices interrupts while the main thread computes. The server writes to a pipe that this thread reads:
 *
 * - `s`: the reader asks to stop. The flag goes up; loops, awaits and callbacks of cells look at it and throw.
 * - `h`: a signal was sent as well, since the flag did not help. V8 breaks off the guarded stretch of the main thread,
 *   or where none runs, the script below; then the flag goes up again.
 * - end of file: the server is gone, and this process has no one to work for.
 *
 * It always stays inside a script with `breakOnSigint`. That keeps Node's signal watcher running, without which every
 * guarded stretch would start a thread of its own (70 µs instead of 2 µs a stretch).
 */
import { readSync } from 'node:fs';
import { Script } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';

const FROM_SERVER = 5;

/** Waits for ever. */
export function start(): void {
  const { flag } = workerData as { flag: Int32Array };
  const raise = (): void => {
    Atomics.store(flag, 0, 1);
    parentPort?.postMessage('interrupt');
  };
  const read = new Script('for (;;) tsdlRead();');
  const shared = globalThis as unknown as Record<string, () => void>;
  shared.tsdlRead = () => {
    const byte = Buffer.alloc(1);
    const length = readSync(FROM_SERVER, byte);
    if (length === 0) process.kill(-process.pid, 'SIGKILL');
    if (byte.toString() === 's') raise();
  };
  shared.tsdlWait = () => {
    try {
      read.runInThisContext({ breakOnSigint: true, displayErrors: false });
    } catch {
      raise();
    }
  };
  parentPort?.postMessage('ready');
  // A signal goes to the script that began last: a guarded stretch of the main thread, else the inner one here. The
  // outer one is never broken off and keeps the watcher running meanwhile.
  new Script('for (;;) tsdlWait();').runInThisContext({ breakOnSigint: true });
}
