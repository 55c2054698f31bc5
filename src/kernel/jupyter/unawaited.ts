/** Faults that no request waits for: told on the terminal, and never the end of the kernel with all its variables. */

export function reportFault(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`tsdl kernel: ${text}\n`);
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
