import * as tf from '../engine/tf';
import { Module } from './module';

/** One call of a module's `forward`, in the order in which the calls began. */
export interface Call {
  readonly module: Module;
  /** The module's name below the observed one; '' for that one itself. */
  readonly path: string;
  /** How many observed calls this one is inside of. */
  readonly depth: number;
  /** Shape of the first tensor that went in. */
  readonly input: readonly number[];
  /** Shape of the (first) tensor that came out. */
  readonly output: readonly number[];
}

/**
 * Runs `body` and writes down every call of a `forward` at or below `root`.
 *
 * Each module's `forward` is covered for that time by a property of its own that notes the shapes and calls the
 * original: no proxies, no cost at any other time, and modules need to do nothing for it.
 */
export function observe(root: Module, body: () => void): Call[] {
  const calls: Call[] = [];
  const open = { depth: 0 };
  const modules = root.namedModules();
  const covered = modules.map(([path, module]) => cover(module, path, calls, open));
  try {
    body();
  } finally {
    for (const uncover of covered) uncover();
  }
  return calls;
}

function cover(module: Module, path: string, calls: Call[], open: { depth: number }): () => void {
  const own = Object.getOwnPropertyDescriptor(module, 'forward');
  const original = module.forward.bind(module) as (...inputs: unknown[]) => unknown;
  const value = (...inputs: unknown[]): unknown => {
    const place = calls.length;
    const depth = open.depth++;
    const call = { module, path, depth, input: shapeOf(inputs) };
    calls.push({ ...call, output: [] });
    const result = original(...inputs);
    open.depth--;
    calls[place] = { ...call, output: shapeOf([result]) };
    return result;
  };
  Object.defineProperty(module, 'forward', { value, configurable: true, writable: true });
  return () => {
    if (own) Object.defineProperty(module, 'forward', own);
    else delete (module as { forward?: unknown }).forward;
  };
}

/** The shape of the first tensor among values, which may be lists. */
function shapeOf(values: readonly unknown[]): readonly number[] {
  const flat: unknown[] = values.flat(3);
  const tensors = flat.filter((value): value is tf.Tensor => value instanceof tf.Tensor);
  return tensors[0]?.shape ?? [];
}
