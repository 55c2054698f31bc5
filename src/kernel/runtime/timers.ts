/** Timers of a cell stop with its interrupt. */
import { cells, isStop } from './context';

type Callback = (...args: unknown[]) => unknown;
type Start = (callback: Callback, ...rest: unknown[]) => object;
type Clear = (timer: unknown) => void;
type Scope = Record<string, unknown>;

const PAIRS = { setTimeout: 'clearTimeout', setInterval: 'clearInterval', setImmediate: 'clearImmediate' };

/** What lets a timer be forgotten before it fires. */
const owners = new WeakMap<object, { readonly timers: Map<unknown, Clear> }>();

/** Replaces the global timer functions. */
export function installTimers(): void {
  const scope = globalThis as unknown as Scope;
  for (const [name, clearName] of Object.entries(PAIRS)) {
    const clear = scope[clearName] as Clear;
    replace(scope, name, wrap(scope[name] as Start, clear, name === 'setInterval'));
  }
  for (const name of Object.values(PAIRS)) {
    const clear = scope[name] as Clear;
    replace(scope, name, { [name]: (timer: unknown) => (forget(timer), clear(timer)) }[name] as Clear);
  }
}

function replace(scope: Scope, name: string, wrapped: object): void {
  Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(scope[name] as object));
  scope[name] = wrapped;
}

function forget(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null) owners.get(timer)?.timers.delete(timer);
}

function wrap(original: Start, clear: Clear, repeats: boolean): Start {
  return (callback, ...rest) => {
    const cell = cells.getStore();
    if (!cell || typeof callback !== 'function') return original(callback, ...rest);
    const run: Callback = function (this: unknown, ...args) {
      if (!repeats) cell.timers.delete(timer);
      try {
        callback.apply(this, args);
      } catch (error) {
        if (!isStop(error)) throw error;
      }
    };
    const timer = original(run, ...rest);
    cell.timers.set(timer, clear);
    owners.set(timer, cell);
    return timer;
  };
}
