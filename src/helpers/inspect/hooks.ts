/** Watching a network's layers while it computes, without changing its code. */
import * as tf from '../../engine/tf';
import type { Module } from '../../nn/module';

/** One call of a module's `forward`. */
export interface Call {
  readonly module: Module;
  /** The module's name below the watched model, e.g. `layer1.0.conv1`; '' for the model itself. */
  readonly path: string;
  /** How many watched calls this one is inside of. */
  readonly depth: number;
  /** Watched calls that began before this one: they end in another order. */
  readonly order: number;
  /** Shape of the first tensor that went in. */
  readonly input: readonly number[];
}

/** Sees a call that has ended; a tensor returned takes the place of its output. */
export type Hook = (call: Call, output: unknown) => tf.Tensor | void;

/**
 * Runs `body` while `hook` sees every call of a `forward` at or below `model`, or of those modules that `which`
 * accepts. Each module's `forward` is covered for that time by a property of its own; afterwards all are as they were.
 */
export function withHooks<T>(
  model: Module,
  hook: Hook,
  body: () => T,
  which: (module: Module) => boolean = () => true,
): T {
  const state = { depth: 0, begun: 0 };
  const watched = model.namedModules().filter(([, module]) => which(module));
  const uncover = watched.map(([path, module]) => cover(module, path, hook, state));
  try {
    return body();
  } finally {
    uncover.forEach((undo) => undo());
  }
}

function cover(
  module: Module,
  path: string,
  hook: Hook,
  state: { depth: number; begun: number },
): () => void {
  const own = Object.getOwnPropertyDescriptor(module, 'forward');
  const forward = module.forward.bind(module) as (...inputs: unknown[]) => unknown;
  const value = (...inputs: unknown[]): unknown => {
    const input = firstTensor(inputs)?.shape ?? [];
    const call = { module, path, depth: state.depth++, order: state.begun++, input };
    try {
      const output = forward(...inputs);
      return hook(call, output) ?? output;
    } finally {
      state.depth--;
    }
  };
  Object.defineProperty(module, 'forward', { value, configurable: true, enumerable: false, writable: true });
  return () => {
    if (own) Object.defineProperty(module, 'forward', own);
    else delete (module as { forward?: unknown }).forward;
  };
}

/** Whether a module has no modules in it. */
export const isLeaf = (module: Module): boolean => module.namedChildren().length === 0;

/** The first tensor of what a layer took or returned: LSTMs return several. */
export function firstTensor(values: unknown): tf.Tensor | undefined {
  if (values instanceof tf.Tensor) return values;
  return Array.isArray(values) ? values.map(firstTensor).find((tensor) => tensor !== undefined) : undefined;
}
