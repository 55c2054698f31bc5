/** Pauses of a long computation, in which output, charts and interrupts get through. */

/** Lets everything that waits in the event loop run once. */
export const yieldToEventLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * A function to be awaited in every turn of a loop: it yields to the event loop when the last time is `ms`
 * milliseconds old, and otherwise returns at once.
 */
export function yieldEvery(ms = 50): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < ms) return;
    await yieldToEventLoop();
    last = performance.now();
  };
}
