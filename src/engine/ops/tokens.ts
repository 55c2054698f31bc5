/**
 * What a model does that writes one token after the other, by operations of our own, those of backend/tokens.cc: where
 * `ownAnswers()` has it that nobody asks for gradients.
 */
import { execute } from '../backend/rawops';
import * as tf from '../tf';
import { ownAnswers } from './own';

/** Rows up to which a product costs as much as to read its weights, so that nothing is won by rearranging them. */
const FEW = 8;

const isFloat = ({ dtype }: tf.Tensor): boolean => dtype === 'float32';
const none = (): tf.Tensor1D => tf.zeros([0]);

/** Whether `fewRows` is the way to multiply these. */
export function areFewRows(x: tf.Tensor, weight: tf.Tensor2D): boolean {
  const [, size = 0] = weight.shape;
  return x.size <= FEW * size && x.rank > 0 && isFloat(x) && isFloat(weight) && ownAnswers();
}

/** x Wᵀ + b, `[…, in]` → `[…, out]`. */
export function fewRows(x: tf.Tensor, weight: tf.Tensor2D, bias?: tf.Tensor1D): tf.Tensor {
  return execute('TsdlFewRows', {}, [x, weight, bias ?? none()]);
}

/** Whether `fusedGelu` may stand in. */
export const isFusedGelu = (x: tf.Tensor): boolean => isFloat(x) && ownAnswers();

/** x·Φ(x), exact, in one pass. */
export const fusedGelu = (x: tf.Tensor): tf.Tensor => execute('TsdlGelu', {}, [x]);

/** What a layer normalisation has beside its input. */
export interface NormOptions {
  readonly scale?: tf.Tensor | undefined;
  readonly offset?: tf.Tensor | undefined;
  readonly eps: number;
}

/** Whether `fusedLayerNorm` may stand in. */
export const isFusedNorm = (x: tf.Tensor): boolean => x.size > 0 && isFloat(x) && ownAnswers();

/** (x − mean) / √(variance + eps) · scale + offset over the last axes, which have `size` numbers together, in one pass. */
export function fusedLayerNorm(x: tf.Tensor, size: number, { scale, offset, eps }: NormOptions): tf.Tensor {
  const attributes = { size: { int: size }, eps: { float: eps } };
  return execute('TsdlLayerNorm', attributes, [x, scale ?? none(), offset ?? none()]);
}

/** Whether `fewQueries` is the way to attend: `[b, n, t, d]` with a mask `[t, s]`. */
export function areFewQueries(query: tf.Tensor4D): boolean {
  const [, , t = 0] = query.shape;
  return t <= FEW && isFloat(query) && ownAnswers();
}

/** softmax(Q Kᵀ / √d + mask) V; keys that the mask hides are not read. A query that may see nothing gives 0. */
export function fewQueries(
  query: tf.Tensor4D,
  [keys, values]: readonly [tf.Tensor4D, tf.Tensor4D],
  mask: tf.Tensor2D,
): tf.Tensor4D {
  return execute('TsdlFewQueries', {}, [query, keys, values, mask]);
}
