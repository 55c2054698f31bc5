/** The one timer that TypeScript's watch mode sets: it makes the next program. */
import type ts from 'typescript';

/** tslab's system: it keeps the cell itself in memory and one timer. */
export type WatchSystem = ts.System & {
  setTimeout: (...rest: unknown[]) => unknown;
  clearTimeout: (timer: unknown) => void;
};

/**
 * An update of the program may be left out. tslab has one slot for TypeScript's timers and fails for good when a second
 * is set, which happens when a type package that was missing appears on disk. The next update of the program does that
 * timer's work anyway.
 */
export function updateTimers(
  system: WatchSystem,
  skipsUpdate: () => boolean,
): Pick<WatchSystem, 'setTimeout' | 'clearTimeout'> {
  const dropped = {};
  const skipped = new Set<unknown>();
  return {
    setTimeout: (callback: unknown, ms: unknown, ...tags: unknown[]) => {
      if (tags.includes('timerToInvalidateFailedLookupResolutions')) return dropped;
      const timer: unknown = system.setTimeout(
        () => {
          if (skipsUpdate()) skipped.add(timer);
          else (callback as () => void)();
        },
        ms,
        ...tags,
      );
      return timer;
    },
    clearTimeout: (timer: unknown) => {
      if (timer !== dropped && !skipped.delete(timer)) system.clearTimeout(timer);
    },
  };
}
