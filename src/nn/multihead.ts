import * as tf from '../engine/tf';
import {
  attentionScores,
  causalMask,
  checkMask,
  headSize,
  hiding,
  joinHeads,
  type Masked,
  splitHeads,
  withMasks,
} from './attention';
import { dropoutWhileTraining } from './dropout';
import { checkShape, sequenceSizes } from './fitting';
import { xavierUniform_ } from './init';
import { Linear, linear } from './linear';
import { Module } from './module';
import { parameter } from './parameter';

type Triple<T> = [T, T, T];

/** PyTorch's options and defaults: no dropout, with bias, time before batch. */
export interface MultiheadAttentionOptions {
  /** Share of attention weights set to zero while training. */
  readonly dropout?: number;
  readonly bias?: boolean;
  /** Whether tensors are `[b, t, e]`, not `[t, b, e]`. */
  readonly batchFirst?: boolean;
}

/** Which keys a query may not see; without any it sees all. */
export interface MaskOptions {
  /** bool `[b, s]`: true keys are padding and hidden. */
  readonly keyPaddingMask?: tf.Tensor2D;
  /** bool: true is hidden (the other way round than in `scaledDotProductAttention`, as PyTorch has it); float32: added. */
  readonly attnMask?: tf.Tensor;
  /** Whether a position sees only itself and what comes before. */
  readonly isCausal?: boolean;
}

/**
 * PyTorch's multi-head attention: the three projections stacked in `inProjWeight`. Loads the form of the guide
 * (four projections W_q, W_k, W_v, W_o), too.
 */
export class MultiheadAttention extends Module {
  readonly inProjWeight: tf.Variable;
  readonly inProjBias?: tf.Variable;
  readonly outProj: Linear;
  dropout: number;
  readonly batchFirst: boolean;

  constructor(
    readonly embedDim: number,
    readonly numHeads: number,
    { dropout = 0, bias = true, batchFirst = false }: MultiheadAttentionOptions = {},
  ) {
    super();
    headSize('MultiheadAttention', embedDim, numHeads);
    [this.dropout, this.batchFirst] = [dropout, batchFirst];
    this.inProjWeight = xavierUniform_(parameter(tf.zeros([3 * embedDim, embedDim])));
    if (bias) this.inProjBias = parameter(tf.zeros([3 * embedDim]));
    this.outProj = new OutputLinear(embedDim, embedDim, { bias });
    this.outProj.bias?.assign(tf.zeros([embedDim]));
  }

  /**
   * Gives `[output, weights]`; the weights are the mean over the heads, `[b, t, s]`.
   * @throws TypeError unless inputs are `[b, t, e]` (with `batchFirst`) and masks fit
   */
  forward(
    query: tf.Tensor3D,
    key: tf.Tensor3D,
    value: tf.Tensor3D,
    options: MaskOptions = {},
  ): [tf.Tensor3D, tf.Tensor3D] {
    this.check(query, key, value);
    const [Q, K, V] = this.project(query, key, value); // [b, n, t, d] each
    const { masked, sighted } = this.masked(attentionScores(Q, K), options);
    const seen = tf.softmax(masked); // [b, n, t, s]
    const weights = sighted ? tf.mul(seen, sighted) : seen;
    const used = dropoutWhileTraining(this, weights, () => this.dropout);
    const output = this.outProj.forward(joinHeads(tf.matMul(used, V)));
    return [this.turned(output), tf.mean(used, 1)];
  }

  override translateState(
    state: ReadonlyMap<string, tf.Tensor>,
    prefix: string,
  ): ReadonlyMap<string, tf.Tensor> {
    const translated = new Map(state);
    for (const part of ['weight', 'bias']) {
      const names = ['q', 'k', 'v', 'o'].map((letter) => `${prefix}W_${letter}.${part}`);
      const values = names.flatMap((name) => state.get(name) ?? []);
      if (values.length !== names.length) continue;
      translated.set(`${prefix}in_proj_${part}`, tf.concat(values.slice(0, 3)));
      translated.set(`${prefix}out_proj.${part}`, values[3] as tf.Tensor);
      for (const name of names) translated.delete(name);
    }
    return translated;
  }

  /** Queries, keys and values of all heads, `[b, n, t, d]` each. */
  private project(query: tf.Tensor3D, key: tf.Tensor3D, value: tf.Tensor3D): Triple<tf.Tensor4D> {
    const heads = (x: tf.Tensor3D) => splitHeads(this.turned(x), this.numHeads);
    if (query === key && key === value) {
      const stacked = linear(query, this.inProjWeight, this.inProjBias); // one product for all three
      const [q, k, v] = tf.split(stacked, 3, 2) as Triple<tf.Tensor3D>;
      return [heads(q), heads(k), heads(v)];
    }
    const [wq, wk, wv] = tf.split(this.inProjWeight, 3) as Triple<tf.Tensor2D>;
    const [bq, bk, bv] = this.inProjBias ? tf.split(this.inProjBias, 3) : [];
    return [heads(linear(query, wq, bq)), heads(linear(key, wk, bk)), heads(linear(value, wv, bv))];
  }

  private check(query: tf.Tensor, key: tf.Tensor, value: tf.Tensor): void {
    const { batchFirst, embedDim } = this;
    const sizes = (x: tf.Tensor, name: string) =>
      sequenceSizes(this.typeName(), x, embedDim, { batchFirst, name });
    const [{ b }, { t }] = [sizes(query, 'query'), sizes(key, 'key')];
    const expected = batchFirst ? [b, t, embedDim] : [t, b, embedDim];
    checkShape(this.typeName(), 'key', key, expected);
    checkShape(this.typeName(), 'value', value, expected);
  }

  /** From the caller's order of axes to `[b, t, e]`, and back. */
  private turned(x: tf.Tensor3D): tf.Tensor3D {
    return this.batchFirst ? x : tf.transpose(x, [1, 0, 2]);
  }

  private masked(scores: tf.Tensor4D, { keyPaddingMask, attnMask, isCausal = false }: MaskOptions): Masked {
    const [b = 0, n = 0, t = 0, s = 0] = scores.shape;
    /** What a mask adds; PyTorch's for each head and sample is [b·n, t, s]. */
    const added = (name: string, mask: tf.Tensor, expected: number[], shape: number[]): tf.Tensor => {
      checkMask(this.typeName(), name, mask);
      checkShape(this.typeName(), name, mask, expected);
      return tf.reshape(mask.dtype === 'bool' ? hiding(mask) : mask, shape);
    };
    const each = attnMask?.rank === 3;
    return withMasks(
      scores,
      isCausal ? causalMask(t, s) : undefined,
      attnMask && added('attnMask', attnMask, each ? [b * n, t, s] : [t, s], each ? [b, n, t, s] : [t, s]),
      keyPaddingMask && added('keyPaddingMask', keyPaddingMask, [b, s], [b, 1, 1, s]),
    );
  }
}

/** A linear layer under the name that PyTorch prints for this one. */
class OutputLinear extends Linear {
  override typeName(): string {
    return 'NonDynamicallyQuantizableLinear';
  }
}
