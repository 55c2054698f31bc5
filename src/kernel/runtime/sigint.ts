/**
 * A thread that notices interrupts while the main thread computes. The server writes to a pipe that this thread reads,
 * each time a letter and the serial of the cell that is meant (32 bits, little-endian):
 *
 * - `s`: the user asks to stop. The flag goes up; loops, awaits and callbacks of cells look at it and throw.
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
const RECORD_BYTES = 5;

/** Waits for ever. */
export function start(): void {
  const { flag } = workerData as { flag: Int32Array };
  const running = (): number => Atomics.load(flag, 1);
  const raise = (serial: number): void => {
    if (serial === 0 || serial !== running()) return; // its cell has ended
    Atomics.store(flag, 0, serial);
    parentPort?.postMessage('interrupt');
  };
  const read = new Script('for (;;) tsdlRead();');
  const shared = globalThis as unknown as Record<string, () => void>;
  shared.tsdlRead = () => {
    const record = Buffer.alloc(RECORD_BYTES);
    const length = readSync(FROM_SERVER, record);
    if (length === 0) process.kill(-process.pid, 'SIGKILL');
    if (record.toString('latin1', 0, 1) === 's') raise(record.readInt32LE(1));
  };
  shared.tsdlWait = () => {
    try {
      read.runInThisContext({ breakOnSigint: true, displayErrors: false });
    } catch {
      raise(running());
    }
  };
  parentPort?.postMessage('ready');
  // A signal goes to the script that began last: a guarded stretch of the main thread, else the inner one here. The
  // outer one is never broken off and keeps the watcher running meanwhile.
  new Script('for (;;) tsdlWait();').runInThisContext({ breakOnSigint: true });
}
