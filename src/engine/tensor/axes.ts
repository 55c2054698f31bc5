/** Which dimensions are meant, and what is left when they are gone. */
import type * as tf from '../tfjs';
import { dimOf } from './arrange';
import type { Dims } from './methods';

/**
 * Dimensions counted from the first; all where none is given, none of a scalar.
 * @throws RangeError for a dimension that there is not
 */
export function axesOf(method: string, { rank }: tf.Tensor, dims: Dims | undefined | null): number[] {
  if (dims === undefined || dims === null) return Array.from({ length: rank }, (_, i) => i);
  const list = typeof dims === 'number' ? [dims] : dims;
  const axes = list.map((dim) => dimOf(method, rank, dim));
  if (new Set(axes).size < axes.length) {
    throw new RangeError(`Cannot ${method}: expected each dimension once, got [${list.join(', ')}]`);
  }
  if (list.length === 0) return axesOf(method, { rank } as tf.Tensor, undefined);
  return rank === 0 ? [] : axes;
}

/** The shape with dimensions of size 1 where axes are gone. */
export const keptShape = (x: tf.Tensor, axes: readonly number[]): number[] =>
  x.shape.map((size, i) => (axes.includes(i) ? 1 : size));

/**
 * Largest or smallest of nothing is refused, as there.
 * @throws RangeError for a dimension without elements
 */
export function nonEmpty(method: string, x: tf.Tensor, axes: readonly number[]): void {
  const empty = axes.filter((axis) => x.shape[axis] === 0);
  if (empty.length === 0) return;
  throw new RangeError(
    `Cannot take ${method}: expected at least one element along dimension ${empty.join(', ')}, got [${x.shape.join(', ')}]`,
  );
}
