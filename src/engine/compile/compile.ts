/**
 * `compile(fn)` records a function of tensors once and replays it as one TensorFlow graph.
 *
 * TensorFlow.js runs a function operation by operation. A first call of a compiled function writes the operations down
 * without computing them and takes back what it changed; then it hands the arguments to TensorFlow in a single call, as
 * the later ones do at once. Results agree with the plain function's to 1e-5 and with each other to the bit.
 */
import { Cache, type CompileOptions } from './recordings';
import { asyncError } from './trace';

/** A function that replays its recordings, with the same arguments and results. */
export type Compiled<A extends unknown[], R> = ((...args: A) => R) & {
  /** How many recordings are kept now. */
  readonly recordings: number;
  /** Asks for the next call to be checked: something may have changed that the function reads. */
  recheck(): void;
  /** Frees TensorFlow's memory; variables keep their values. */
  dispose(): void;
};

/**
 * Returns a function with the same arguments and results as `fn`, but faster.
 *
 * `fn` may read and write `tf.Variable`s, take gradients and step an optimizer; it must be synchronous. It is recorded
 * again for other shapes and types of its tensors, for every other value of its plain arguments (so pass what changes
 * often as a tensor), when a guarded flag such as `module.training` or `variable.trainable` has changed, and when a
 * module whose variables it uses has been given another child or variable (`model.fc = new nn.Linear(…)`; dispose of
 * the old one if it will not be used again, which frees its recordings too), and when a field of a module or an option
 * of an optimizer that it read has another value. A number that changes from call to call belongs in `dynamicScalar`.
 * What it reads elsewhere, in a `let` or a plain object, is noticed by the checks (`checked`), after which it runs as a
 * plain function, and at once where it is read through `guard`: `guard(() => head).forward(x)`. `fn` returns tensors, or arrays and objects of tensors; what it makes in between is
 * disposed.
 *
 * Inside another compiled function and under a gradient it runs as a plain function.
 * @throws CompileError naming the line, where `fn` does something that a replay could not repeat truly
 * @example
 * const step = compile((x: tf.Tensor4D, y: tf.Tensor1D) =>
 *   optimizer.minimize(() => nn.crossEntropy(model.forward(x), y)),
 * );
 * let total = 0;
 * for (const [x, y] of loader) {
 *   const loss = step(x, y); // the caller's, as what any operation returns
 *   total += loss.dataSync()[0] ?? NaN;
 *   loss.dispose();
 * }
 */
export function compile<A extends unknown[], R>(
  fn: (...args: A) => R,
  options: CompileOptions = {},
): Compiled<A, R> {
  if (fn.constructor.name === 'AsyncFunction') throw asyncError();
  const cache = new Cache(fn as (...args: unknown[]) => unknown, options);
  const compiled = (...args: A): R => cache.call(args) as R;
  return Object.defineProperties(compiled, {
    name: { value: fn.name },
    recordings: { get: () => cache.size },
    recheck: { value: () => cache.recheck() },
    dispose: { value: () => cache.dispose() },
  }) as Compiled<A, R>;
}
