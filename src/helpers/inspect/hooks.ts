/** Watching a network's layers while it computes, without changing its code. */
import * as tf from '../../engine/tf';
import { Module } from '../../nn/module';

/** Sees one layer's output; a tensor returned takes its place. */
export type Hook = (name: string, module: Module, output: unknown) => tf.Tensor | void;

/**
 * Runs `body` while `hook` sees the output of every module below `model` that `which` accepts (default: those
 * without children). Afterwards the modules are as they were.
 */
export function withHooks<T>(
  model: Module,
  hook: Hook,
  body: () => T,
  which: (module: Module) => boolean = (module) => module.namedChildren().length === 0,
): T {
  const watched = model.namedModules().filter(([name, module]) => name !== '' && which(module));
  for (const [name, module] of watched) {
    const forward = module.forward.bind(module) as (...inputs: unknown[]) => unknown;
    const replaced = (...inputs: unknown[]): unknown => {
      const output = forward(...inputs);
      return hook(name, module, output) ?? output;
    };
    // An own property hides the method of the class until it is deleted.
    Object.defineProperty(module, 'forward', { value: replaced, configurable: true, enumerable: false });
  }
  try {
    return body();
  } finally {
    for (const [, module] of watched) delete (module as { forward?: unknown }).forward;
  }
}

/** The first tensor of what a layer returned: LSTMs return several. */
export function firstTensor(output: unknown): tf.Tensor | undefined {
  if (output instanceof tf.Tensor) return output;
  return Array.isArray(output) ? output.map(firstTensor).find((tensor) => tensor !== undefined) : undefined;
}
