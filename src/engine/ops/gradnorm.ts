/** How far gradients are to be scaled down: what clipping by `grad` and clipping of gradients as values have in common. */
import * as tf from '../tf';

// Added to the norm before dividing by it, as PyTorch does.
const EPSILON = 1e-6;

function norm(x: tf.Tensor, p: number): tf.Tensor {
  if (p === 2) return tf.sqrt(tf.sum(tf.square(x)));
  return p === Infinity ? tf.max(tf.abs(x)) : tf.pow(tf.sum(tf.pow(tf.abs(x), p)), 1 / p);
}

/**
 * The p-norm of all gradients together, and min(1, maxNorm / (norm + 1e-6)): Pascanu, Mikolov and Bengio 2013,
 * https://arxiv.org/abs/1211.5063. The caller frees both.
 * @throws RangeError unless `maxNorm` is at least 0 and `normType` above 0
 */
export function scaleToNorm(
  gradients: readonly tf.Tensor[],
  maxNorm: number,
  normType: number,
): { total: tf.Tensor; scale: tf.Tensor } {
  if (!(maxNorm >= 0))
    throw new RangeError(`Cannot clip gradients: expected maxNorm at least 0, got ${maxNorm}`);
  if (!(normType > 0))
    throw new RangeError(`Cannot clip gradients: expected normType above 0, got ${normType}`);
  return tf.tidy(() => {
    const norms = gradients.map((gradient) => norm(gradient, normType));
    const total = norms.length > 0 ? norm(tf.stack(norms), normType) : tf.scalar(0);
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
