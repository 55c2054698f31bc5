/** Timers of a cell stop with its interrupt. */
import { cells, isStop } from './context';
import { callOn } from './intrinsics';

type Callback = (...args: unknown[]) => unknown;
type Start = (callback: Callback, ...rest: unknown[]) => object;
type Clear = (timer: unknown) => void;
type Scope = Record<string, unknown>;

const PAIRS = { setTimeout: 'clearTimeout', setInterval: 'clearInterval', setImmediate: 'clearImmediate' };

interface Owner {
  readonly timers: Map<unknown, Clear>;
}

/** What lets a timer be forgotten before it fires. */
const owners = new WeakMap<object, Owner>();

/* eslint-disable @typescript-eslint/unbound-method -- called with callOn, whatever a cell makes of them */
const { set: noteTimer, delete: forgetTimer } = Map.prototype;
const { get: ownerOf, set: noteOwner } = WeakMap.prototype;
/* eslint-enable @typescript-eslint/unbound-method */

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
  if (typeof timer !== 'object' || timer === null) return;
  const owner = callOn(ownerOf, owners, [timer]) as Owner | undefined;
  if (owner) callOn(forgetTimer, owner.timers, [timer]);
}

function wrap(original: Start, clear: Clear, repeats: boolean): Start {
  return (...given) => {
    const cell = cells.getStore();
    const callback = given[0]; // a pattern would ask the iterator of arrays, which a cell may replace
    if (!cell || typeof callback !== 'function') return callOn(original, undefined, given);
    const run: Callback = function (this: unknown, ...args) {
      if (!repeats) callOn(forgetTimer, cell.timers, [timer]);
      try {
        callOn(callback, this, args);
      } catch (error) {
        if (!isStop(error)) throw error;
      }
    };
    given[0] = run;
    const timer = callOn(original, undefined, given);
    callOn(noteTimer, cell.timers, [timer, clear]);
    callOn(noteOwner, owners, [timer, cell]);
    return timer;
  };
}
