/**
 * How an interrupt reaches code that the kernel compiled (compiler/interruptible.ts): the flag that loops and functions look at,
 * and what awaits and `catch` clauses call. What looks at nothing is broken off by runtime/watcher.ts.
 */
import { types } from 'node:util';
import { Script } from 'node:vm';

import { plainMessage } from '../link/marks';
import { CATCH_FUNCTION, DEBUGGED, EACH_FUNCTION, STOP, STOP_FLAG, WAIT_FUNCTION } from '../link/names';
import { cells, currentCell, foregroundCell, isStop, KernelInterrupt } from './context';
import { callOn } from './intrinsics';

/**
 * Three serials of cells, 0 for none: the one to stop, set by the watcher at an interrupt; the one that runs, so that an
 * interrupt that comes after its cell's end leaves the next cell alone; and the one whose interrupt the event loop saw.
 * Then, at `ATTACHED`, whether there is a debugger.
 */
export const stopFlag = new Int32Array(new SharedArrayBuffer(16));

/** From now on interrupts are for the cell with this serial. */
export function setRunning(serial: number): void {
  Atomics.store(stopFlag, 0, 0);
  Atomics.store(stopFlag, 1, serial);
}

/** Lowers the flag; true if it was raised for the cell that runs. */
export function takeInterrupt(): boolean {
  const asked = Atomics.exchange(stopFlag, 0, 0);
  return asked !== 0 && asked === stopFlag[1];
}

/**
 * Stops the code that looked at the flag.
 * @throws KernelInterrupt
 */
function stop(): never {
  const cell = currentCell();
  const isMeant = takeInterrupt();
  cell?.interrupt();
  // The cell that was meant has yet to see it, or is to see nothing else until its end.
  if (isMeant && (cell !== foregroundCell() || cell?.insisted)) raise();
  throw new KernelInterrupt();
}

/** Raises the flag for the cell that runs. */
export function raise(): void {
  Atomics.store(stopFlag, 0, stopFlag[1] ?? 0);
}

/* eslint-disable @typescript-eslint/unbound-method -- called with a promise as `this` */
const { then } = Promise.prototype;
/* eslint-enable @typescript-eslint/unbound-method */
const toPromise = Promise.resolve.bind(Promise);
let resolveLast: (value: unknown) => void;
let rejectLast: (reason: unknown) => void;
const keepLast = (resolve: (value: unknown) => void, reject: (reason: unknown) => void): void => {
  resolveLast = resolve;
  rejectLast = reject;
};

/** What an `await` of `value` waits for: the interrupt of its cell, if that comes first. */
function wait(value: unknown): unknown {
  const cell = cells.getStore();
  if (stopFlag[0] !== 0 && cell === foregroundCell()) stop();
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return value;
  if (!cell) return value;
  const promise = toPromise(value);
  const result = new Promise(keepLast);
  const resolve = resolveLast;
  const reject = rejectLast;
  const forget = cell.wait(reject);
  void callOn(then, promise, [
    (settled: unknown) => {
      forget();
      resolve(settled);
    },
    (reason: unknown) => {
      forget();
      reject(reason);
    },
  ]);
  return result;
}

type AnyIterator = Record<'next' | 'return' | 'throw', ((...args: unknown[]) => unknown) | null | undefined>;
type Methods = { [Symbol.asyncIterator]?: unknown; [Symbol.iterator]?: unknown };

/** What `for await` goes through in the place of `source`: each of its promises gives way to the interrupt. */
function each(source: unknown): unknown {
  if (!cells.getStore() || source === null || source === undefined) return source;
  const isAsync = methodOf(source, Symbol.asyncIterator);
  const start = isAsync ?? methodOf(source, Symbol.iterator);
  if (typeof start !== 'function') return source; // for the engine to complain about
  const open = (): unknown => iterator(start.call(source) as AnyIterator, isAsync ? wait : waitForValue);
  return { [isAsync ? Symbol.asyncIterator : Symbol.iterator]: open };
}

function methodOf(source: unknown, symbol: typeof Symbol.asyncIterator | typeof Symbol.iterator): unknown {
  return (source as Methods)[symbol as typeof Symbol.iterator] ?? undefined;
}

function iterator(inner: AnyIterator, waited: (result: unknown) => unknown): unknown {
  if ((typeof inner !== 'object' || inner === null) && typeof inner !== 'function') return inner;
  const { next } = inner;
  const call =
    (method: (...args: unknown[]) => unknown) =>
    (...args: unknown[]): unknown =>
      waited(method.apply(inner, args));
  const optional = (name: 'return' | 'throw'): unknown => {
    const method = inner[name];
    return typeof method === 'function' ? call(method) : method;
  };
  return {
    next: typeof next === 'function' ? call(next) : next,
    get return() {
      return optional('return');
    },
    get throw() {
      return optional('throw');
    },
  };
}

/** The engine awaits the values of an iterator that is not async. */
function waitForValue(result: unknown): unknown {
  if (typeof result !== 'object' || result === null) return result;
  const { done, value } = result as { done: unknown; value: unknown };
  return { done, value: types.isPromise(value) ? wait(value) : value };
}

/**
 * Sees an error that a `catch` of the user's code caught.
 * @throws KernelInterrupt if it is one, or if one is due: a child process that the interrupt ended is such an error
 */
function caught(error: unknown): void {
  if (isStop(error)) throw error;
  if (stopFlag[0] !== 0 && currentCell() === foregroundCell()) stop();
  if (!types.isNativeError(error)) return;
  const message: unknown = Object.getOwnPropertyDescriptor(error, 'message')?.value;
  if (typeof message === 'string' && message.includes('__tsdl$')) error.message = plainMessage(message);
}

const CONSTANTS: Readonly<Record<string, unknown>> = {
  [STOP_FLAG]: stopFlag,
  [STOP]: { toString: stop },
  [WAIT_FUNCTION]: wait,
  [EACH_FUNCTION]: each,
  [CATCH_FUNCTION]: caught,
};

/**
 * Makes what compiled code calls known to it: constants of the whole realm, which V8 compiles as such.
 *
 * @param debugged What the debugger calls.
 */
export function defineConstants(debugged: object = {}): void {
  const constants = { ...CONSTANTS, [DEBUGGED]: debugged };
  const names = Object.keys(constants);
  const define = new Script(`const {${names.join(',')}}=globalThis[Symbol.for('tsdl.constants')]`);
  const shared = globalThis as unknown as Record<symbol, unknown>;
  const key = Symbol.for('tsdl.constants');
  shared[key] = constants;
  define.runInThisContext();
  Reflect.deleteProperty(shared, key);
}
