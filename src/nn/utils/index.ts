/**
 * `torch.nn.utils`: what is done to the gradients that `backward()` has left in parameters.
 * @module
 */
import { noGrad } from '../../engine/autograd';
import { gradOf, replaceData } from '../../engine/autograd/grads';
import { cutToValue, scaleToNorm } from '../../engine/ops/gradnorm';
import * as tf from '../../engine/tf';

const gradients = (parameters: Iterable<tf.Tensor>): tf.Tensor[] =>
  [...parameters].flatMap((parameter) => gradOf(parameter) ?? []);

/** Gives each gradient, which stays the same tensor, other values. */
function change(list: readonly tf.Tensor[], to: (gradient: tf.Tensor) => tf.Tensor): void {
  for (const gradient of list) {
    const changed = to(gradient);
    replaceData(gradient, changed);
    changed.dispose();
  }
}

/** Which norm, Euclid's unless given (any p-norm, 0 and ±Infinity too), and whether one that is not finite is an error. */
export interface TotalNormOptions {
  readonly normType?: number;
  readonly errorIfNonfinite?: boolean;
}

/** @throws RangeError for a norm that is infinite or NaN, where that is asked for */
function checkFinite(total: tf.Tensor, { normType = 2, errorIfNonfinite = false }: TotalNormOptions): void {
  if (!errorIfNonfinite) return;
  const size = total.dataSync()[0] ?? NaN;
  if (Number.isFinite(size)) return;
  throw new RangeError(
    `Cannot clip gradients: expected a finite norm of order ${normType}, got ${size}; ` +
      'errorIfNonfinite: false scales by it all the same',
  );
}

/**
 * Scales the gradients by min(1, maxNorm / (their norm together + 1e-6)), as `torch.nn.utils.clip_grad_norm_` (Pascanu,
 * Mikolov and Bengio 2013, https://arxiv.org/abs/1211.5063).
 * @returns the norm before clipping
 * @throws RangeError unless `maxNorm` is at least 0, and for a norm that is not finite where that is asked for
 * @example
 * const model = new nn.Linear(2, 1);
 * model.forward(tf.ones([4, 2])).sum().backward();
 * clipGradNorm_(model.parameters(), 1);
 */
export function clipGradNorm_(
  parameters: Iterable<tf.Tensor>,
  maxNorm: number,
  options: TotalNormOptions = {},
): tf.Tensor {
  const list = gradients(parameters);
  return noGrad(() =>
    tf.tidy(() => {
      const { total, scale } = scaleToNorm(list, maxNorm, options.normType ?? 2);
      checkFinite(total, options);
      change(list, (gradient) => tf.mul(gradient, scale));
      return total;
    }),
  );
}

/**
 * Cuts every element of the gradients to [−clipValue, clipValue], as `torch.nn.utils.clip_grad_value_`.
 * @throws RangeError unless `clipValue` is at least 0
 */
export function clipGradValue_(parameters: Iterable<tf.Tensor>, clipValue: number): void {
  noGrad(() => change(gradients(parameters), (gradient) => cutToValue(gradient, clipValue)));
}

/**
 * The norm of all gradients together, as `torch.nn.utils.get_total_norm`.
 * @throws RangeError for a norm that is not finite, where that is asked for
 */
export function getTotalNorm(tensors: Iterable<tf.Tensor>, options: TotalNormOptions = {}): tf.Scalar {
  return tf.tidy(() => {
    const { total } = scaleToNorm([...tensors], 1, options.normType ?? 2);
    checkFinite(total, options);
    return total;
  });
}

/** Scales the gradients by min(1, maxNorm / (totalNorm + 1e-6)), as `torch.nn.utils.clip_grads_with_norm_`. */
export function clipGradsWithNorm_(
  parameters: Iterable<tf.Tensor>,
  maxNorm: number,
  totalNorm: tf.Scalar,
): void {
  noGrad(() =>
    tf.tidy(() => {
      const scale = tf.minimum(tf.div(maxNorm, tf.add(totalNorm, 1e-6)), 1);
      change(gradients(parameters), (gradient) => tf.mul(gradient, scale));
    }),
  );
}

export * as rnn from './rnn';
export { parametersToVector, vectorToParameters } from './vector';
