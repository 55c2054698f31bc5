/** `tf.customGrad` with types: a value computed in one way and a gradient computed in another. */
import * as tf from '../tf';

/** A forward result and the tensors its gradient will need (intermediate results are freed unless saved). */
export interface Forward<T extends tf.Tensor> {
  readonly value: T;
  readonly saved: readonly tf.Tensor[];
}

/**
 * Computes `forward()` and lets gradients reach `inputs` through `backward` alone.
 * @param inputs the tensors gradients flow to, in the order in which `backward` gives their gradients
 * @param backward from the gradient of the value and the saved tensors, one gradient for each input
 */
export function withGradient<T extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  forward: () => Forward<T>,
  backward: (dy: T, saved: tf.Tensor[]) => tf.Tensor[],
): T {
  const run = tf.customGrad<T>((...given) => {
    const save = given.at(-1) as (tensors: tf.Tensor[]) => void;
    const { value, saved } = forward();
    save([...saved]);
    return { value, gradFunc: (dy: T, kept: tf.Tensor[]) => backward(dy, kept) };
  });
  return run(...inputs);
}
