/** `tf.customGrad` with types and with gradients computed only where they are asked for. */
import * as tf from '../tfjs';

/** A forward result and the tensors its gradient will need (intermediate results are freed unless saved). */
export interface Forward<T extends tf.Tensor> {
  readonly value: T;
  readonly saved: readonly tf.Tensor[];
}

/** From the gradient of the value and the saved tensors: how to compute the gradient of each input, in their order. */
export type Backward<T extends tf.Tensor> = (dy: T, saved: tf.Tensor[]) => (() => tf.Tensor)[];

/** The same for several values; `dys` are the gradients of all of them. */
export interface ForwardMany {
  readonly values: readonly tf.Tensor[];
  readonly saved: readonly tf.Tensor[];
}
export type BackwardMany = (dys: tf.Tensor[], saved: tf.Tensor[]) => (() => tf.Tensor)[];

/** The method under tfjs's `customGrad`, which takes a function for each gradient instead of their values. */
interface Engine<T extends tf.Tensor> {
  runKernelFunc(call: {
    readonly forwardFunc: (backend: unknown, save: (tensors: readonly tf.Tensor[]) => void) => T;
    readonly backwardsFunc: (dy: T, saved: tf.Tensor[]) => Record<string, () => tf.Tensor>;
    readonly inputs: Record<string, tf.Tensor>;
  }): T;
}

interface ManyEngine {
  runKernelFunc(call: {
    readonly forwardFunc: (backend: unknown, save: (tensors: readonly tf.Tensor[]) => void) => tf.Tensor[];
    readonly backwardsFunc: (dys: tf.Tensor[], saved: tf.Tensor[]) => Record<string, () => tf.Tensor>;
    readonly inputs: Record<string, tf.Tensor>;
  }): tf.Tensor[];
}

/**
 * Computes `forward()` and lets gradients reach `inputs` through `backward` alone. `forward` runs once, now; operations
 * inside it leave no trace on the gradient tape.
 */
export function withGradient<T extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  forward: () => Forward<T>,
  backward: Backward<T>,
): T {
  const engine = tf.engine() as unknown as Engine<T>;
  return engine.runKernelFunc({
    forwardFunc: (_, save) => {
      const { value, saved } = forward();
      save(saved);
      return value;
    },
    backwardsFunc: (dy, saved) => numbered(backward(dy, saved)),
    inputs: numbered(inputs),
  });
}

/** `withGradient` for a function of several results. */
export function withGradients(
  inputs: readonly tf.Tensor[],
  forward: () => ForwardMany,
  backward: BackwardMany,
): tf.Tensor[] {
  const engine = tf.engine() as unknown as ManyEngine;
  return engine.runKernelFunc({
    forwardFunc: (_, save) => {
      const { values, saved } = forward();
      save(saved);
      return [...values];
    },
    backwardsFunc: (dys, saved) => numbered(backward(dys, saved)),
    inputs: numbered(inputs),
  });
}

/** tfjs pairs inputs and their gradients by name: '0', '1', …. */
function numbered<V>(values: readonly V[]): Record<string, V> {
  return Object.fromEntries(values.map((value, i) => [String(i), value]));
}
