/**
 * Attention: Vaswani et al., "Attention Is All You Need", 2017, https://arxiv.org/abs/1706.03762.
 */
import { dropout } from '../engine/ops/dropout';
import * as tf from '../engine/tf';
import { checkedCount } from './checks';

/** What attention may see and how much of it is dropped; by default everything and nothing. */
export interface AttentionOptions {
  /** bool: true may be seen (as in PyTorch's function, not its module); float32: added to the scores. Broadcast. */
  readonly attnMask?: tf.Tensor;
  /** Whether a position sees only itself and what comes before. */
  readonly isCausal?: boolean;
  /** Share of attention weights set to zero. */
  readonly dropoutP?: number;
}

/**
 * softmax(Q Kᵀ / √d) V: queries `[…, t, d]`, keys and values `[…, s, d]` → `[…, t, d]`. PyTorch's
 * `F.scaled_dot_product_attention`. A query that may see nothing gives NaN.
 */
export function scaledDotProductAttention(
  query: tf.Tensor4D,
  key: tf.Tensor4D,
  value: tf.Tensor4D,
  { attnMask, isCausal = false, dropoutP = 0 }: AttentionOptions = {},
): tf.Tensor4D {
  const t = query.shape.at(-2) ?? 1;
  let scores = attentionScores(query, key);
  if (isCausal) scores = tf.add(scores, causalMask(t, key.shape.at(-2)));
  if (attnMask)
    scores = tf.add(scores, attnMask.dtype === 'bool' ? hiding(tf.logicalNot(attnMask)) : attnMask);
  const weights = tf.softmax(scores);
  return tf.matMul(dropoutP > 0 ? dropout(weights, dropoutP) : weights, value);
}

/** Q Kᵀ / √d, `[…, t, s]`. */
export function attentionScores(query: tf.Tensor4D, key: tf.Tensor4D): tf.Tensor4D {
  const d = query.shape.at(-1) ?? 1;
  return tf.matMul(tf.mul<tf.Tensor4D>(query, 1 / Math.sqrt(d)), key, false, true);
}

/** What keeps a position from seeing later ones: −∞ above the diagonal, else 0; `[t, s]`. */
export function causalMask(t: number, s = t): tf.Tensor2D {
  const rows = tf.expandDims(tf.range(0, t, 1, 'int32'), 1);
  return hiding(tf.greater(tf.range(0, s, 1, 'int32'), rows));
}

/** −∞ where a bool tensor is true, else 0: what is added to scores to hide positions. */
export function hiding<T extends tf.Tensor>(hidden: tf.Tensor): T {
  const shape = hidden.shape as [number]; // any rank; tfjs types ask for one
  const mask: tf.Tensor = tf.where(hidden, tf.fill(shape, -Infinity), tf.zeros(shape));
  return mask as T;
}

/** `[b, t, n·d]` → `[b, n, t, d]`. */
export function splitHeads(x: tf.Tensor3D, heads: number): tf.Tensor4D {
  const [b, t, width] = x.shape;
  return tf.transpose(tf.reshape(x, [b, t, heads, width / heads]), [0, 2, 1, 3]);
}

/** `[b, n, t, d]` → `[b, t, n·d]`. */
export function joinHeads(x: tf.Tensor4D): tf.Tensor3D {
  const [b, heads, t, d] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [b, t, heads * d]);
}

/**
 * Checks that the heads divide the model's width and gives the size of one.
 * @throws RangeError unless the heads divide the width
 */
export function headSize(what: string, width: number, heads: number): number {
  checkedCount(what, 'the number of heads', heads);
  if (Number.isInteger(width) && width % heads === 0) return width / heads;
  throw new RangeError(`Cannot build ${what}: the width must be divisible by ${heads} heads, got ${width}`);
}
