/** `tf.customGrad` with types and with gradients computed only where they are asked for. */
import * as tf from '../tfjs';
import { noGrad, withinTfGrad } from './gradmode';
import { type Edge, setEdge } from './tapenode';

/** One tensor, or the several results of one function. */
export type Value = tf.Tensor | tf.Tensor[];

/** A forward result and the tensors its gradient will need (intermediate results are freed unless saved). */
export interface Forward<V extends Value> {
  readonly value: V;
  readonly saved: readonly tf.Tensor[];
}

/** From the gradient of the value and the saved tensors: how to compute the gradient of each input, in their order. */
export type Backward<V extends Value> = (dy: V, saved: tf.Tensor[]) => (() => tf.Tensor)[];

/** The method under tfjs's `customGrad`, which takes a function for each gradient instead of their values. */
interface Engine<V extends Value> {
  runKernelFunc(call: {
    readonly forwardFunc: (backend: unknown, save: (tensors: readonly tf.Tensor[]) => void) => V;
    readonly backwardsFunc: (dy: V, saved: tf.Tensor[]) => Record<string, () => tf.Tensor>;
    readonly inputs: Record<string, tf.Tensor>;
  }): V;
}

/**
 * Computes `forward()` and lets gradients reach `inputs` through `backward` alone. `forward` runs once, now; operations
 * inside it leave no trace on the gradient tape.
 */
export function withGradient<V extends Value>(
  inputs: readonly tf.Tensor[],
  forward: () => Forward<V>,
  backward: Backward<V>,
): V {
  const engine = tf.engine() as unknown as Engine<V>;
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

/** tfjs pairs inputs and their gradients by name: '0', '1', …. */
function numbered<V>(values: readonly V[]): Record<string, V> {
  return Object.fromEntries(values.map((value, i) => [String(i), value]));
}

/** What `linked` needs of an input that is not kept otherwise: within `tf.grad`, whose tape knows no edges, the input itself. */
export const source = (x: tf.Tensor): tf.Tensor[] => (withinTfGrad() ? [x] : []);

/**
 * A tensor whose values are computed from what was saved, and which stands for another one on the graph: gradients of
 * gradients go on to `edge`.
 */
export function linked(compute: () => tf.Tensor, edge: Edge | undefined): tf.Tensor {
  const tensor = noGrad(compute);
  setEdge(tensor, edge);
  return tensor;
}
