/** PyTorch's functions that make random tensors; all of them draw from the seed of `manualSeed`. */
import { type CreateOptions, leaf, type Sized, sized } from '../tensor/create';
import * as tf from '../tf';
import { normal, shuffle, uniform } from './seeded';

/** Uniform numbers in [0, 1), as `torch.rand`: `rand(2, 3)`. */
export function rand(...given: Sized): tf.Tensor {
  const { shape, options } = sized('rand', given);
  return leaf(uniform(shape), options);
}

/** Standard normal numbers, as `torch.randn`: `randn(2, 3, { requiresGrad: true })`. */
export function randn(...given: Sized): tf.Tensor {
  const { shape, options } = sized('randn', given);
  return leaf(normal(shape), options);
}

/**
 * Whole numbers from `low` up to below `high`, int32, as `torch.randint`.
 * @throws RangeError unless `high` is above `low`
 */
export function randint(
  low: number,
  high: number,
  sizes: readonly number[],
  options: CreateOptions = {},
): tf.Tensor {
  if (!(Number.isInteger(low) && Number.isInteger(high) && high > low)) {
    throw new RangeError(`Cannot make randint: expected whole numbers low < high, got ${low} and ${high}`);
  }
  return tf.tidy(() => {
    const numbers = tf.add(tf.floor(tf.mul(uniform([...sizes]), high - low)), low);
    return tf.cast(tf.minimum(numbers, high - 1), options.dtype ?? 'int32'); // rounding may reach the bound
  });
}

/** The numbers below `n` in a random order, int32, as `torch.randperm`. */
export function randperm(n: number): tf.Tensor {
  return tf.tensor1d(shuffle(Array.from({ length: n }, (_, i) => i)), 'int32');
}

/** Uniform numbers in [0, 1) in the shape of another tensor. */
export const randLike = (like: tf.Tensor): tf.Tensor => rand(like.shape);

/** Standard normal numbers in the shape of another tensor. */
export const randnLike = (like: tf.Tensor): tf.Tensor => randn(like.shape);
