/** The types of elements there are. */
import * as tf from '../tfjs';
import type { DType } from './arguments';

const KNOWN: readonly string[] = ['float32', 'int32', 'bool'];
const INSTEAD: Readonly<Record<string, string>> = {
  int64: 'whole numbers are int32, from -2147483648 to 2147483647',
  float64: 'numbers are float32, of about 7 digits',
};
const SAME: Readonly<Record<string, string>> = { long: 'int64', double: 'float64' };

/**
 * The type, if it is one there is.
 * @throws TypeError for another
 */
export function checkedType(what: string, dtype: string): DType {
  if (KNOWN.includes(dtype)) return dtype as DType;
  const hint = INSTEAD[SAME[dtype] ?? dtype];
  throw new TypeError(
    `Cannot ${what}: expected dtype float32, int32 or bool, got ${dtype}${hint === undefined ? '' : `; ${hint}`}`,
  );
}

/** In another type. @throws TypeError for one that there is not */
export const cast = (x: tf.Tensor, dtype: DType): tf.Tensor => tf.cast(x, checkedType('cast', dtype));

/**
 * Numbers that become int32 are within its range.
 * @throws RangeError for one that is not
 */
export function checkedWhole(values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    if (value >= -2147483648 && value <= 2147483647) continue;
    throw new RangeError(
      `Cannot make an int32 tensor: expected numbers from -2147483648 to 2147483647, got ${value} as element ${i}`,
    );
  }
}
