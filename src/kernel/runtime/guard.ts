/**
 * Runs the user's code so that Ctrl-C reaches it: each stretch between two awaits runs inside a script that V8 can
 * break off (`breakOnSigint`), and each await gives way to the cell's interrupt. An interrupted stretch throws at the
 * place where it was broken off or where it waits, so `finally` blocks run.
 */
import { Script } from 'node:vm';

import { type CellContext, cells, currentCell, KernelInterrupt } from './context';

const INTERRUPTED = 'ERR_SCRIPT_EXECUTION_INTERRUPTED';
const stretch = new Script('globalThis[Symbol.for("tsdl.stretch")]()', { filename: 'tsdl:stretch' });
const slot = globalThis as unknown as Record<symbol, (() => unknown) | undefined>;
const SLOT = Symbol.for('tsdl.stretch');
// eslint-disable-next-line @typescript-eslint/unbound-method -- called with its promise as `this` below
const nativeThen = Promise.prototype.then;
let inside = false;

/**
 * Serials of two cells, 0 for none: the one to stop, set by runtime/sigint.ts at an interrupt (loops of cells look at
 * it), and the one that runs. An interrupt that comes after its cell's end thus leaves the next cell alone.
 */
export const stopFlag = new Int32Array(new SharedArrayBuffer(8));

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
 * Lowers the flag and stops the cell that runs if it was raised for it.
 * @throws KernelInterrupt
 */
export function stop(): void {
  if (!takeInterrupt()) return;
  currentCell()?.interrupt();
  throw new KernelInterrupt();
}

/** Whether `error` is V8 breaking off a stretch, or our own interrupt. */
export function isInterrupt(error: unknown): boolean {
  return error instanceof KernelInterrupt || isBrokenOff(error);
}

/** The user's code may throw anything, also what throws again when it is asked for a property. */
function isBrokenOff(error: unknown): boolean {
  try {
    return (error as { code?: unknown } | null)?.code === INTERRUPTED;
  } catch {
    return false;
  }
}

/**
 * Calls `run`; a signal during the call breaks it off, and with it every guarded call that it is part of.
 * @throws KernelInterrupt where a signal broke it off, else what `run` throws
 */
export function guarded<T>(run: () => T): T {
  if (inside) return run();
  slot[SLOT] = run;
  inside = true;
  try {
    return stretch.runInThisContext({ breakOnSigint: true, displayErrors: false }) as T; // what `run` returned
  } catch (error) {
    if (!isBrokenOff(error)) throw error;
    currentCell()?.interrupt();
    throw new KernelInterrupt();
  } finally {
    inside = false;
  }
}

type Steps = Generator<unknown, unknown, unknown>;

/** `__awaiter` of compiled async functions: resumes the generator under guard. */
export function awaiter(
  self: unknown,
  args: readonly unknown[] | undefined,
  promiseType: PromiseConstructor | undefined,
  generator: (...args: unknown[]) => Steps,
): Promise<unknown> {
  const Type = promiseType ?? Promise;
  return new Type((resolve, reject) => {
    const cell = cells.getStore();
    const steps = generator.apply(self, [...(args ?? [])]);
    const advance = (method: 'next' | 'throw', value: unknown): void => {
      let result: IteratorResult<unknown>;
      try {
        result = guarded(() => resume(steps, cell, method, value));
      } catch (error) {
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever the user's code threw
        reject(error);
        return;
      }
      if (result.done) resolve(result.value);
      else waitFor(result.value, cell, advance);
    };
    advance('next', undefined);
  });
}

/** An interrupt that came between two stretches is thrown at the place where the function waits. */
function resume(
  steps: Steps,
  cell: CellContext | undefined,
  method: 'next' | 'throw',
  value: unknown,
): IteratorResult<unknown> {
  if (method === 'next' && cell && stopFlag[0] !== 0 && takeInterrupt()) {
    cell.interrupt();
    return steps.throw(new KernelInterrupt());
  }
  return method === 'next' ? steps.next(value) : steps.throw(value);
}

function waitFor(
  value: unknown,
  cell: CellContext | undefined,
  advance: (method: 'next' | 'throw', value: unknown) => void,
): void {
  let settled = false;
  const settle = (method: 'next' | 'throw') => (result: unknown) => {
    if (settled) return;
    settled = true;
    cell?.waiting.delete(interrupt);
    advance(method, result);
  };
  const interrupt = settle('throw');
  cell?.waiting.add(interrupt);
  void nativeThen.call(Promise.resolve(value), settle('next'), settle('throw'));
}

/** Callbacks that cells give to `then` run under guard too; a chain that goes on for ever can be stopped. */
export function installPromiseGuard(): void {
  const wrap = (callback: unknown): unknown => {
    if (typeof callback !== 'function' || !cells.getStore()) return callback;
    return (value: unknown): unknown =>
      guarded(() => {
        if (stopFlag[0] !== 0) stop();
        return (callback as (value: unknown) => unknown)(value);
      });
  };
  const then = function (this: Promise<unknown>, fulfilled?: unknown, rejected?: unknown): Promise<unknown> {
    return nativeThen.call(this, wrap(fulfilled) as never, wrap(rejected) as never);
  };
  void Object.defineProperty(Promise.prototype, 'then', { value: then, writable: true, configurable: true });
}
