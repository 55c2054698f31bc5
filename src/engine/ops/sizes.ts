/** Sizes of tensors where a number of axes is asked for: types do not know them, so they are checked when code runs. */
import type * as tf from '../tf';

/** A number for each axis that is named: `'[b, t]'` stands for two. */
export type Sizes<Axes extends string> = Axes extends `${string}, ${infer Rest}`
  ? [number, ...Sizes<Rest>]
  : [number];

/** `[2, 3]` of a tensor of 2 by 3. */
export const shapeText = ({ shape }: Pick<tf.Tensor, 'shape'>): string => `[${shape.join(', ')}]`;

/** What is thrown at an input that does not fit: `got` is a tensor, or words, and `hint` says what to do. */
export function refusal(what: string, expected: string, got: tf.Tensor | string, hint = ''): TypeError {
  const found = typeof got === 'string' ? got : shapeText(got);
  return new TypeError(
    `Cannot call ${what}: expected ${expected}, got ${found}${hint === '' ? '' : `; ${hint}`}`,
  );
}

/**
 * The sizes of a tensor of as many axes as are named, for example `'[b, h, w, c]'`.
 * @param what who asks, for the error
 * @throws TypeError for a tensor of another number of axes
 */
export function sizesOf<Axes extends string>(what: string, x: tf.Tensor, axes: Axes): Sizes<Axes> {
  if (x.rank === axes.split(', ').length) return x.shape as number[] as Sizes<Axes>;
  throw refusal(what, axes, x);
}
