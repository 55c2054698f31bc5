/**
 * Runs the reader's code so that Ctrl-C reaches it: each stretch between two awaits runs inside a script that V8 can
 * break off (`breakOnSigint`), and each await gives way to the cell's interrupt. An interrupted stretch throws at the
 * place where it was broken off or where it waits, so `finally` blocks run.
 */
import { Script } from 'node:vm';

import { type CellContext, cells, KernelInterrupt } from './context';

const INTERRUPTED = 'ERR_SCRIPT_EXECUTION_INTERRUPTED';
const stretch = new Script('globalThis[Symbol.for("tsdl.stretch")]()', { filename: 'tsdl:stretch' });
const slot = globalThis as unknown as Record<symbol, (() => unknown) | undefined>;
const SLOT = Symbol.for('tsdl.stretch');
let inside = false;

/** Raised by runtime/sigint.ts when a signal arrived outside any guard. */
export const signalFlag = new Int32Array(new SharedArrayBuffer(8));

/** Whether `error` is V8 breaking off a stretch, or our own interrupt. */
export function isInterrupt(error: unknown): boolean {
  return error instanceof KernelInterrupt || (error as { code?: unknown } | null)?.code === INTERRUPTED;
}

/** Calls `run`; a signal during the call breaks it off, and with it every guarded call that it is part of. */
export function guarded<T>(run: () => T): T {
  if (inside) return run();
  slot[SLOT] = run;
  inside = true;
  try {
    return stretch.runInThisContext({ breakOnSigint: true, displayErrors: false }) as T; // what `run` returned
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code !== INTERRUPTED) throw error;
    cells.getStore()?.interrupt();
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
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever the reader's code threw
        reject(error);
        return;
      }
      if (result.done) resolve(result.value);
      else waitFor(result.value, cell, advance);
    };
    advance('next', undefined);
  });
}

/** After a signal that came between two stretches the next one starts with the interrupt. */
function resume(
  steps: Steps,
  cell: CellContext | undefined,
  method: 'next' | 'throw',
  value: unknown,
): IteratorResult<unknown> {
  if (method === 'next' && cell && Atomics.exchange(signalFlag, 0, 0) !== 0) {
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
  Promise.resolve(value).then(settle('next'), settle('throw'));
}
