/**
 * A thread that notices interrupts while the main thread computes. The server writes to a pipe that this thread reads,
 * each time a letter and the serial of the cell that is meant (32 bits, little-endian):
 *
 * - `s`: the user asks to stop. The flag goes up; loops, awaits and functions of cells look at it and throw.
 * - `i`: the user asks again. The flag stays up until the cell has ended.
 * - `h`: that did not help. Where the event loop stands still, V8 breaks off what runs; else the cell is given up.
 * - `d`: a debugger comes. Its thread starts here, for the main thread may compute.
 * - end of file: the server is gone, and this process has no one to work for.
 */
import { readSync } from 'node:fs';
import { Session } from 'node:inspector';
import { parentPort, Worker, workerData } from 'node:worker_threads';

const FROM_SERVER = 5;
const RECORD_BYTES = 5;
/** After that time the main thread has seen what was posted to it. */
const SEEN_MS = 100;

/** What the main thread hears. */
export type WatcherMessage = {
  readonly type: 'ready' | 'interrupt' | 'insist' | 'give-up';
  readonly serial: number;
};

/** Waits for ever. */
export function start(): void {
  const { flag } = workerData as { flag: Int32Array };
  const tell = (type: WatcherMessage['type'], serial: number): void =>
    parentPort?.postMessage({ type, serial } satisfies WatcherMessage);
  tell('ready', 0);
  const record = Buffer.alloc(RECORD_BYTES);
  for (;;) {
    if (readSync(FROM_SERVER, record) === 0) process.kill(-process.pid, 'SIGKILL');
    const letter = record.toString('latin1', 0, 1);
    const serial = record.readInt32LE(1);
    if (letter === 'x') return;
    if (letter === 'd') new Worker(process.argv[1] as string, { workerData: { part: 'debug', flag } });
    if (serial === 0 || serial !== Atomics.load(flag, 1)) continue; // its cell has ended
    if (letter === 'h') {
      if (Atomics.load(flag, 2) !== serial) breakOff();
      tell('give-up', serial);
      continue;
    }
    Atomics.store(flag, 2, 0);
    Atomics.store(flag, 0, serial);
    tell(letter === 'i' ? 'insist' : 'interrupt', serial);
  }
}

/** Ends all JavaScript that the main thread is in, but not the process. */
function breakOff(): void {
  const session = new Session();
  session.connectToMainThread();
  session.post('Runtime.terminateExecution');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SEEN_MS);
  session.disconnect();
}
