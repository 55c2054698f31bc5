/** What methods of tensors take and give. */
import type * as tf from '../tfjs';

/** A number stands for a tensor of that value. */
export type Operand = tf.Tensor | number;

/** One dimension or several; negative ones count from the last. */
export type Dims = number | readonly number[];

/** Values and where they stood, as `torch.topk`, `torch.sort` and the like give them. */
export interface ValuesAndIndices {
  readonly values: tf.Tensor;
  /** int32 */
  readonly indices: tf.Tensor;
}

/** What picks from one dimension: one place, a slice `[start, stop, step]`, all (`null`), places, or a mask. */
export type Index =
  number | null | readonly [start: number | null, stop?: number | null, step?: number] | tf.Tensor;

/** Numbers or booleans, nested as deep as there are dimensions. */
export type Nested = number | boolean | Nested[];

/** What `to` and the like change a tensor into. */
export type DType = 'float32' | 'int32' | 'bool';
