/** Norms of vectors, with gradients that are 0 where PyTorch's are: where all elements are. */
import { withGradient } from '../autograd';
import * as tf from '../tfjs';
import { axesOf, keptShape } from './axes';
import type { Dims } from './methods';

const signOf = (x: tf.Tensor): tf.Tensor => tf.where(tf.isNaN(x), tf.zeros([]), tf.sign(x));

/** The largest or smallest |x|; places that share it share its gradient. */
function extremeNorm(x: tf.Tensor, axes: number[], keepdim: boolean, find: typeof tf.max): tf.Tensor {
  const shape = keptShape(x, axes);
  return withGradient(
    [x],
    () => {
      const value = find(tf.abs(x), axes, keepdim);
      return { value, saved: [x, value] };
    },
    (dy, saved) => {
      const [x, value] = saved as [tf.Tensor, tf.Tensor];
      const result = tf.reshape(value, shape);
      const same = tf.logicalOr(tf.equal(tf.abs(x), result), tf.logicalAnd(tf.isNaN(x), tf.isNaN(result)));
      const mask = tf.cast(same, 'float32');
      const share = (): tf.Tensor => tf.div(tf.reshape(dy, shape), tf.sum(mask, axes, true));
      return [() => tf.mul(tf.mul(signOf(x), mask), share())];
    },
  );
}

/** (Σ |x|ᵖ)^(1/p), whose gradient where all are 0 is 0. */
function powerNorm(x: tf.Tensor, p: number, axes: number[], keepdim: boolean): tf.Tensor {
  const shape = keptShape(x, axes);
  return withGradient(
    [x],
    () => {
      const sum = tf.sum(p === 2 ? tf.square(x) : tf.pow(tf.abs(x), p), axes, keepdim);
      const value = p === 2 ? tf.sqrt(sum) : tf.pow(sum, 1 / p);
      return { value, saved: [x, value] };
    },
    (dy, saved) => {
      const [x, value] = saved as [tf.Tensor, tf.Tensor];
      const result = tf.reshape(value, shape);
      const powered = (): tf.Tensor => {
        if (p === 2) return x;
        const power = tf.pow(tf.abs(x), p - 1);
        return tf.mul(signOf(x), p < 1 ? tf.where(tf.equal(x, 0), tf.zeros([]), power) : power);
      };
      const scale = (): tf.Tensor => {
        const below = p === 2 ? result : tf.pow(result, p - 1);
        return tf.where(tf.equal(result, 0), tf.zeros([]), tf.div(tf.reshape(dy, shape), below));
      };
      return [() => tf.mul(powered(), scale())];
    },
  );
}

/**
 * The p-norm of elements along dimensions, as `torch.Tensor.norm`.
 * @throws RangeError for a p that is no number
 */
export function norm(
  x: tf.Tensor,
  p: number | string | null,
  dim: Dims | undefined,
  keepdim: boolean,
): tf.Tensor {
  const order = p === null || p === 'euclidean' || p === 'fro' ? 2 : Number(p);
  if (Number.isNaN(order))
    throw new RangeError(`Cannot take a norm: expected p to be a number or 'fro', got ${p}`);
  const axes = axesOf('take a norm', x, dim);
  if (order === 0) {
    return withGradient(
      [x],
      () => ({ value: tf.sum(tf.cast(tf.notEqual(x, 0), 'float32'), axes, keepdim), saved: [] }),
      () => [() => tf.zeros(x.shape)],
    );
  }
  if (order === 1) return tf.sum(tf.abs(x), axes, keepdim);
  if (Math.abs(order) === Infinity) return extremeNorm(x, axes, keepdim, order > 0 ? tf.max : tf.min);
  return powerNorm(x, order, axes, keepdim);
}
