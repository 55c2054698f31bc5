/**
 * Where the time of a function goes: every TensorFlow operation of an eager run timed and summed by kind.
 *
 * TensorFlow's own step statistics are out of the binding's reach, so the operations are timed one by one as they run
 * eagerly (on a GPU that is the time to start them). Compiled, the same operations run side by side and some are fused; their shares stay a good guide to the
 * next bottleneck.
 */
import { type Binding, changeable, nativeBackend } from '../backend/native';
import { activeRecording } from '../recording/active';

/** All runs of one kind of operation. */
export interface OperationTime {
  readonly op: string;
  /** Runs in one call of the function. */
  readonly count: number;
  /** Milliseconds in one call. */
  readonly ms: number;
  /** Of the time of all operations, 0 … 1. */
  readonly share: number;
}

/** Where the time of one call goes, operation by operation. */
export interface Profile {
  /** Longest first. */
  readonly operations: readonly OperationTime[];
  /** Milliseconds of one call in all, JavaScript included. */
  readonly totalMs: number;
  /** The operations as a table. */
  toString(): string;
}

/**
 * Calls `fn` a few times and returns the median time of each kind of operation in one call. Pass the plain function,
 * not its compiled form. What it returns is disposed of by the caller's `tf.tidy`, if there is one.
 * @throws Error on the plain-JS backend and inside a compiled function
 * @example
 * console.log(String(profile(() => tf.tidy(() => step(x, y)))));
 */
export function profile(fn: () => unknown, { repeats = 5 } = {}): Profile {
  const backend = nativeBackend();
  if (!backend)
    throw new Error('Cannot profile: expected the native TensorFlow backend, got plain JavaScript');
  if (activeRecording()) throw new Error('Cannot profile: expected a plain call, got one inside compile()');
  if (!Number.isInteger(repeats) || repeats < 1) {
    throw new RangeError(`Cannot profile: expected repeats to be an integer of at least 1, got ${repeats}`);
  }
  fn(); // first runs allocate and load
  const runs = Array.from({ length: repeats }, () => {
    const times = new Map<string, number[]>();
    const { binding } = backend;
    backend.binding = timing(binding, times);
    const start = performance.now();
    try {
      fn();
    } finally {
      backend.binding = binding;
    }
    return { times, total: performance.now() - start };
  });
  return summary(runs);
}

/** The binding again, its operations timed. */
function timing(binding: Binding, times: Map<string, number[]>): Binding {
  return Object.assign(changeable(binding), {
    executeOp(...args: Parameters<Binding['executeOp']>) {
      const start = performance.now();
      const outputs = binding.executeOp(...args);
      const list = times.get(args[0]);
      if (list) list.push(performance.now() - start);
      else times.set(args[0], [performance.now() - start]);
      return outputs;
    },
  });
}

/** The middle value, of two the upper one. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

function summary(runs: readonly { times: Map<string, number[]>; total: number }[]): Profile {
  const ops = [...new Set(runs.flatMap(({ times }) => [...times.keys()]))];
  const rows = ops.map((op) => {
    const lists = runs.map(({ times }) => times.get(op) ?? []);
    const ms = median(lists.map((list) => list.reduce((sum, value) => sum + value, 0)));
    return { op, count: median(lists.map(({ length }) => length)), ms };
  });
  const all = rows.reduce((sum, { ms }) => sum + ms, 0);
  const operations = rows.map((row) => ({ ...row, share: row.ms / all })).sort((a, b) => b.ms - a.ms);
  const totalMs = median(runs.map(({ total }) => total));
  return { operations, totalMs, toString: () => table(operations, totalMs) };
}

const WIDTH = 24;

function table(operations: readonly OperationTime[], totalMs: number): string {
  const longest = Math.max(9, ...operations.map(({ op }) => op.length));
  const lines = operations.map(({ op, count, ms, share }) => {
    const bar = '█'.repeat(Math.round(share * WIDTH));
    const percent = `${(share * 100).toFixed(1)} %`;
    return `${op.padEnd(longest)} ${String(count).padStart(5)} ${ms.toFixed(3).padStart(9)} ${percent.padStart(7)} ${bar}`;
  });
  const head = `${'operation'.padEnd(longest)} ${'runs'.padStart(5)} ${'ms'.padStart(9)} ${'share'.padStart(7)}`;
  return [head, ...lines, `one call: ${totalMs.toFixed(3)} ms`].map((line) => line.trimEnd()).join('\n');
}
