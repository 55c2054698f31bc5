/** From packed numbers to tensors. */
import * as tf from '../../engine/tf';
import { collate, type Makers } from './collate';
import type { Packed } from './columns';

/** What a packed array stands for. */
export const toTensor = ({ values, shape, dtype }: Packed): tf.Tensor => tf.tensor(values, [...shape], dtype);

const makers: Makers = {
  packed: toTensor,
  tensors: (tensors) => tf.stack(tensors as tf.Tensor[]),
};

/** Lays samples together to one batch of tensors: see `collate`. */
export const defaultCollate = (samples: readonly unknown[]): unknown => collate(samples, makers);
