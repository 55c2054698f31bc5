/**
 * Gradient clipping, as `torch.nn.utils` has it. Both functions replace the gradients in the map they are given and
 * free the old ones.
 */
import { cutToValue, scaleToNorm } from '../../engine/ops/gradnorm';
import * as tf from '../../engine/tf';

/** What `optimizer.minimize` does to the gradients before the step: first values, then the norm. */
export interface ClipOptions {
  /** Largest norm of all gradients together; a larger one is scaled down to it. */
  readonly clipNorm?: number;
  /** Largest absolute value of a gradient's element. */
  readonly clipValue?: number;
}

/**
 * Scales all gradients by min(1, maxNorm / (total norm + 1e-6)), so that together they are no longer than `maxNorm`
 * (Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013,
 * https://arxiv.org/abs/1211.5063).
 * @param options.normType p of the p-norm; Infinity for the largest absolute value
 * @returns the total norm before clipping
 * @throws RangeError unless `maxNorm` is at least 0 and `normType` a number
 */
export function clipGradNorm<K>(
  grads: Map<K, tf.Tensor>,
  maxNorm: number,
  { normType = 2 }: { normType?: number } = {},
): tf.Scalar {
  const { total, scale } = scaleToNorm([...grads.values()], maxNorm, normType);
  replaceAll(grads, (gradient) => tf.mul(gradient, scale));
  scale.dispose();
  return total;
}

/**
 * Cuts every element of every gradient to [−clipValue, clipValue].
 * @throws RangeError unless `clipValue` is at least 0
 */
export function clipGradValue<K>(grads: Map<K, tf.Tensor>, clipValue: number): void {
  replaceAll(grads, (gradient) => cutToValue(gradient, clipValue));
}

function replaceAll<K>(grads: Map<K, tf.Tensor>, change: (gradient: tf.Tensor) => tf.Tensor): void {
  for (const [key, gradient] of grads) {
    grads.set(key, change(gradient));
    gradient.dispose();
  }
}
