/** Timers of a cell: their callbacks run under guard and stop with the cell's interrupt. */
import { cells } from './context';
import { guarded, isInterrupt } from './guard';

type Callback = (...args: unknown[]) => unknown;
type Start = (callback: Callback, ...rest: unknown[]) => unknown;

/** Replaces the global timer functions. `report` shows an error that a callback throws. */
export function installTimers(): void {
  const scope = globalThis as unknown as Record<string, Start & Record<symbol, unknown>>;
  const clear = { setTimeout: clearTimeout, setInterval: clearInterval, setImmediate: clearImmediate };
  for (const [name, stop] of Object.entries(clear)) {
    const original = scope[name] as Start;
    const wrapped = wrap(original, stop as (timer: unknown) => void, name === 'setInterval');
    Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(original));
    scope[name] = wrapped as Start & Record<symbol, unknown>;
  }
}

function wrap(original: Start, stop: (timer: unknown) => void, repeats: boolean): Start {
  return (callback, ...rest) => {
    const cell = cells.getStore();
    if (!cell || typeof callback !== 'function') return original(callback, ...rest);
    const clear = (): void => stop(timer);
    const run: Callback = (...args) => {
      if (!repeats) cell.timers.delete(clear);
      try {
        guarded(() => callback(...args));
      } catch (error) {
        if (!isInterrupt(error)) throw error;
      }
    };
    const timer = original(run, ...rest);
    cell.timers.add(clear);
    return timer;
  };
}
