/** What arithmetic takes: tensors and numbers, brought to one type and to shapes that fit, as PyTorch does. */
import * as tf from '../tfjs';
import type { Operand } from './methods';

const LARGEST_INT = 2 ** 31;
const shapeText = ({ shape }: tf.Tensor): string => `[${shape.join(', ')}]`;

/** Numbers stand for tensors; arrays too, since TensorFlow.js's methods take them. */
function tensorOf(given: Operand | tf.TensorLike, like: tf.DataType): tf.Tensor {
  if (given instanceof tf.Tensor) return given;
  if (typeof given !== 'number') return tf.tensor(given);
  const whole = Number.isInteger(given) && Math.abs(given) < LARGEST_INT;
  return tf.scalar(given, whole && (like === 'int32' || like === 'bool') ? 'int32' : 'float32');
}

/**
 * The shape that tensors are repeated to.
 * @throws TypeError for shapes that do not fit
 */
export function jointShape(method: string, ...tensors: readonly tf.Tensor[]): number[] {
  const rank = Math.max(0, ...tensors.map((x) => x.rank));
  return Array.from({ length: rank }, (_, i) => {
    const sizes = tensors
      .map(({ shape }) => shape[i - rank + shape.length] ?? 1)
      .filter((size) => size !== 1);
    if (sizes.some((size) => size !== sizes[0])) {
      throw new TypeError(
        `Cannot ${method}: expected shapes whose sizes, counted from the last, are equal or 1, ` +
          `got ${tensors.map(shapeText).join(' and ')}`,
      );
    }
    return sizes[0] ?? 1;
  });
}

/**
 * Both sides of an operation as tensors whose shapes fit. A whole number keeps whole numbers whole.
 * @throws TypeError for shapes that do not fit
 */
export function operands(
  method: string,
  a: tf.Tensor,
  other: Operand | tf.TensorLike,
): [tf.Tensor, tf.Tensor] {
  const b = tensorOf(other, a.dtype);
  if (b.rank > 0 && a.rank > 0) jointShape(method, a, b);
  return [a, b];
}

/** As float32, which true division and roots give. */
export const asFloat = (x: tf.Tensor): tf.Tensor => (x.dtype === 'float32' ? x : tf.cast(x, 'float32'));
