/**
 * Attention: Vaswani et al., "Attention Is All You Need", 2017, https://arxiv.org/abs/1706.03762.
 */
import { dropout } from '../engine/ops/dropout';
import { refusal, shapeText } from '../engine/ops/sizes';
import * as tf from '../engine/tf';
import { checkedCount } from './checks';
import { checkBroadcast } from './fitting';

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
 * `F.scaled_dot_product_attention`. A query that may see nothing gives 0.
 * @throws TypeError unless the shapes fit
 */
export function scaledDotProductAttention(
  query: tf.Tensor,
  key: tf.Tensor,
  value: tf.Tensor,
  { attnMask, isCausal = false, dropoutP = 0 }: AttentionOptions = {},
): tf.Tensor {
  checkParts(query, key, value);
  const t = query.shape.at(-2) ?? 1;
  const scores = attentionScores(query, key);
  if (attnMask) {
    checkMask('scaledDotProductAttention', 'attnMask', attnMask);
    checkBroadcast('scaledDotProductAttention', 'attnMask', attnMask, scores.shape);
  }
  const mask = attnMask?.dtype === 'bool' ? hiding(tf.logicalNot(attnMask)) : attnMask;
  const causal = isCausal ? causalMask(t, key.shape.at(-2)) : undefined;
  const { masked, sighted } = withMasks(scores, causal, mask);
  const weights = tf.softmax(masked);
  const output = tf.matMul(dropoutP > 0 ? dropout(weights, dropoutP) : weights, value);
  return sighted ? tf.mul(output, sighted) : output;
}

/**
 * Checks a mask's type.
 * @throws TypeError unless it is bool or float32
 */
export function checkMask(what: string, name: string, { dtype }: tf.Tensor): void {
  if (dtype === 'bool' || dtype === 'float32') return;
  throw refusal(what, `${name} of bool or float32`, dtype, 'mask.bool() takes all but 0 as true');
}

/** Scores with masks added, and 1 for a query that may see something, else 0, `[…, t, 1]`. */
export interface Masked {
  readonly masked: tf.Tensor;
  /** Missing where each query sees something. */
  readonly sighted?: tf.Tensor;
}

/**
 * Adds masks (−∞ hides) to scores `[…, t, s]`. A query that may see nothing sees all here, so that nothing becomes NaN;
 * what comes of it is to be multiplied by `sighted`.
 */
export function withMasks(
  scores: tf.Tensor,
  causal: tf.Tensor | undefined,
  ...given: (tf.Tensor | undefined)[]
): Masked {
  const masks = given.filter((mask) => mask !== undefined);
  const [first, ...others] = causal ? [causal, ...masks] : masks;
  if (!first) return { masked: scores };
  const total = others.reduce((sum, mask) => tf.add(sum, mask), first);
  if (masks.length === 0) return { masked: tf.add(scores, total) }; // a position sees itself
  const blind = tf.equal(tf.max(total, -1, true), -Infinity);
  const safe = tf.where(blind, tf.zeros([]), total);
  return { masked: tf.add(scores, safe), sighted: tf.cast(tf.logicalNot(blind), 'float32') };
}

function checkParts(query: tf.Tensor, key: tf.Tensor, value: tf.Tensor): void {
  const [s, d] = key.shape.slice(-2);
  const ranks = query.rank >= 2 && query.rank === key.rank && query.rank === value.rank;
  if (ranks && query.shape.at(-1) === d && value.shape.at(-2) === s) return;
  throw refusal(
    'scaledDotProductAttention',
    'query [..., t, d], key [..., s, d] and value [..., s, e]',
    [query, key, value].map(shapeText).join(', '),
  );
}

/** Q Kᵀ / √d, `[…, t, s]`. */
export function attentionScores(query: tf.Tensor, key: tf.Tensor): tf.Tensor {
  const d = query.shape.at(-1) ?? 1;
  return tf.matMul(tf.mul(query, 1 / Math.sqrt(d)), key, false, true);
}

/** What keeps a position from seeing later ones: −∞ above the diagonal, else 0; `[t, s]`. */
export function causalMask(t: number, s = t): tf.Tensor2D {
  const rows = tf.expandDims(tf.range(0, t, 1, 'int32'), 1);
  return hiding(tf.greater(tf.range(0, s, 1, 'int32'), rows));
}

/** −∞ where a bool tensor is true, else 0: what is added to scores to hide positions. */
export function hiding(hidden: tf.Tensor): tf.Tensor {
  return tf.where(hidden, tf.fill(hidden.shape, -Infinity), tf.zeros(hidden.shape));
}

/** `[b, t, n·d]` → `[b, n, t, d]`. */
export function splitHeads(x: tf.Tensor3D, heads: number): tf.Tensor4D {
  const [b = 0, t = 0, width = 0] = x.shape;
  if (t === 1) return tf.reshape(x, [b, heads, 1, width / heads]); // the numbers stay in order
  return tf.transpose(tf.reshape(x, [b, t, heads, width / heads]), [0, 2, 1, 3]);
}

/** `[b, n, t, d]` → `[b, t, n·d]`. */
export function joinHeads(x: tf.Tensor4D): tf.Tensor3D {
  const [b = 0, heads = 0, t = 0, d = 0] = x.shape;
  const turned = t === 1 ? x : tf.transpose(x, [0, 2, 1, 3]);
  return tf.reshape(turned, [b, t, heads * d]);
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
