/** Chapter 7 of the guide: attention with one projection for each of queries, keys, values and output. */
import * as tf from '../../../engine/tf';
import * as nn from '../../../nn';
import { attentionScores, headSize, joinHeads, splitHeads } from '../../../nn/attention';

/** The guide's multi-head attention: four projections W_q, W_k, W_v, W_o. Loads PyTorch's `in_proj` form, too. */
export class MultiHeadAttention extends nn.Module {
  readonly dK: number;
  readonly W_q: nn.Linear;
  readonly W_k: nn.Linear;
  readonly W_v: nn.Linear;
  readonly W_o: nn.Linear;

  constructor(
    readonly dModel: number,
    readonly numHeads: number,
  ) {
    super();
    this.dK = headSize('MultiHeadAttention', dModel, numHeads);
    this.W_q = new nn.Linear(dModel, dModel);
    this.W_k = new nn.Linear(dModel, dModel);
    this.W_v = new nn.Linear(dModel, dModel);
    this.W_o = new nn.Linear(dModel, dModel);
  }

  /** softmax(Q Kᵀ / √dK) V over `[b, n, t, dK]`; positions where the mask is 0 get a score of −10⁹. */
  attention(Q: tf.Tensor4D, K: tf.Tensor4D, V: tf.Tensor4D, mask?: tf.Tensor): tf.Tensor4D {
    return tf.matMul(this.attentionWeights(Q, K, mask), V);
  }

  /** How much each query looks at each key, `[b, n, t, s]`; every row sums to 1. */
  attentionWeights(Q: tf.Tensor4D, K: tf.Tensor4D, mask?: tf.Tensor): tf.Tensor4D {
    const scores = attentionScores(Q, K);
    if (!mask) return tf.softmax(scores);
    const kept = tf.cast(tf.notEqual(mask, tf.zeros([], mask.dtype)), 'float32');
    return tf.softmax(tf.add(tf.mul(scores, kept), tf.mul(tf.sub(1, kept), -1e9)));
  }

  /** `[b, t, dModel]` each → `[b, t, dModel]`. The mask is broadcast to `[b, n, t, s]`; 0 hides. */
  forward(query: tf.Tensor3D, key: tf.Tensor3D, value: tf.Tensor3D, mask?: tf.Tensor): tf.Tensor3D {
    const Q = splitHeads(this.W_q.forward(query), this.numHeads); // [b, n, t, dK]
    const K = splitHeads(this.W_k.forward(key), this.numHeads);
    const V = splitHeads(this.W_v.forward(value), this.numHeads);
    return this.W_o.forward(joinHeads(this.attention(Q, K, V, mask)));
  }

  override translateState(
    state: ReadonlyMap<string, tf.Tensor>,
    prefix: string,
  ): ReadonlyMap<string, tf.Tensor> {
    const translated = new Map(state);
    for (const part of ['weight', 'bias']) {
      const [stacked, out] = [`${prefix}in_proj_${part}`, `${prefix}out_proj.${part}`];
      const [projections, output] = [state.get(stacked), state.get(out)];
      if (!projections || !output || (projections.shape[0] ?? 0) % 3 !== 0) continue;
      tf.split(projections, 3).forEach((value, i) => {
        translated.set(`${prefix}W_${'qkv'.charAt(i)}.${part}`, value);
      });
      translated.set(`${prefix}W_o.${part}`, output);
      translated.delete(stacked);
      translated.delete(out);
    }
    return translated;
  }
}
