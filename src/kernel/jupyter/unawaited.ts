/** Faults that no request waits for: told on the terminal, and never the end of the kernel with all its variables. */

/** A fault that comes again and again fills neither a log nor the pipe of a terminal that nobody reads. */
const MAX_A_MINUTE = 20;
const MAX_CHARACTERS = 2000;

let told = 0;
let since = 0;

/** Tells of a fault on the terminal, a few times a minute. */
export function reportFault(error: unknown): void {
  if (performance.now() - since > 60_000) [told, since] = [0, performance.now()];
  told += 1;
  if (told > MAX_A_MINUTE) return;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`tsdl kernel: ${text.slice(0, MAX_CHARACTERS)}\n`);
}

/** A promise that nothing waits for. */
export function unawaited(promise: Promise<unknown>): void {
  promise.catch(reportFault);
}

/** Calls `run`; what it throws is told. */
export function safely(run: () => void): void {
  try {
    run();
  } catch (error) {
    reportFault(error);
  }
}
