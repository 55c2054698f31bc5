/** How far gradients are to be scaled down: what clipping by `grad` and clipping of gradients as values have in common. */
import { norm } from '../tensor/norms';
import * as tf from '../tf';

// Added to the norm before dividing by it, as PyTorch does.
const EPSILON = 1e-6;

/**
 * The p-norm of all gradients together, and min(1, maxNorm / (norm + 1e-6)): Pascanu, Mikolov and Bengio 2013,
 * https://arxiv.org/abs/1211.5063. The caller frees both.
 * @throws RangeError unless `maxNorm` is at least 0 and `normType` a number
 */
export function scaleToNorm(
  gradients: readonly tf.Tensor[],
  maxNorm: number,
  normType: number,
): { total: tf.Tensor; scale: tf.Tensor } {
  if (!(maxNorm >= 0))
    throw new RangeError(`Cannot clip gradients: expected maxNorm at least 0, got ${maxNorm}`);
  if (Number.isNaN(Number(normType)))
    throw new RangeError(`Cannot clip gradients: expected normType to be a number, got ${normType}`);
  const of = (x: tf.Tensor): tf.Tensor => norm(x, normType, undefined, false);
  return tf.tidy(() => {
    const norms = gradients.map(of);
    const total = norms.length > 0 ? of(tf.stack(norms)) : tf.scalar(0);
    return { total, scale: tf.minimum(tf.div(maxNorm, tf.add(total, EPSILON)), 1) };
  });
}

/**
 * The gradient cut to [−clipValue, clipValue].
 * @throws RangeError unless `clipValue` is at least 0
 */
export function cutToValue(gradient: tf.Tensor, clipValue: number): tf.Tensor {
  if (clipValue >= 0) return tf.clipByValue(gradient, -clipValue, clipValue);
  throw new RangeError(`Cannot clip gradients: expected clipValue at least 0, got ${clipValue}`);
}
