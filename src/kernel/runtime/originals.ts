/**
 * What a cell may replace for its own purposes, as it was. Global names are kept by bin/kernel.js for all files of the
 * kernel; no code here calls `then`, which `await` does not need.
 */

export const { parse, stringify } = JSON;

/** A promise with what settles it. */
export function deferred<T>(): {
  promise: Promise<T>;
  resolve: (value: T | PromiseLike<T>) => void;
  reject: (reason: unknown) => void;
} {
  let resolve!: (value: T | PromiseLike<T>) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  return { promise, resolve, reject };
}
