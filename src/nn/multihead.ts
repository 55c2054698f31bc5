import { areFewQueries, fewQueries } from '../engine/ops/tokens';
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
import { checkedCount } from './checks';
import { dropoutWhileTraining } from './dropout';
import { checkShape, sequenceSizes } from './fitting';
import { xavierNormal_, xavierUniform_ } from './init';
import type { LayerPast } from './keyvalues';
import { Linear, linear } from './linear';
import { Module } from './module';
import { parameter } from './parameter';

type Triple<T> = [T, T, T];

/** PyTorch's options and defaults: no dropout, with bias, time before batch. */
export interface MultiheadAttentionOptions {
  /** Share of attention weights set to zero while training. */
  readonly dropout?: number;
  readonly bias?: boolean;
  /** Whether a learnt key and a learnt value stand behind those given. */
  readonly addBiasKv?: boolean;
  /** Whether a key and a value of zeros stand behind all others. */
  readonly addZeroAttn?: boolean;
  /** Features of keys; `embedDim` unless given. */
  readonly kdim?: number | undefined;
  /** Features of values; `embedDim` unless given. */
  readonly vdim?: number | undefined;
  /** Whether tensors are `[b, t, e]`, not `[t, b, e]`. */
  readonly batchFirst?: boolean;
}

/** Which keys a query may not see; without any it sees all. */
export interface MaskOptions {
  /** `[b, s]`, of one sequence `[s]`. bool: true keys are padding and hidden; float32: added to the scores. */
  readonly keyPaddingMask?: tf.Tensor2D;
  /** bool: true is hidden (the other way round than in `scaledDotProductAttention`, as PyTorch has it); float32: added. */
  readonly attnMask?: tf.Tensor;
  /** Whether a position sees only itself and what comes before. */
  readonly isCausal?: boolean;
  /** Keys and values of earlier positions, of a `KeyValueCache`; with its own mask in place of `isCausal`'s. */
  readonly past?: LayerPast | undefined;
}

/** Masks, and which weights are given beside the output. */
export interface AttendOptions<
  Needed extends boolean = true,
  Averaged extends boolean = true,
> extends MaskOptions {
  /** Whether the weights are given at all; by default they are. */
  readonly needWeights?: Needed;
  /** Whether the weights are the mean over the heads, `[b, t, s]`, or those of each, `[b, n, t, s]`. */
  readonly averageAttnWeights?: Averaged;
}

/** What stands beside the output. */
export type AttentionWeights<Needed extends boolean, Averaged extends boolean> = Needed extends true
  ? Averaged extends true
    ? tf.Tensor3D
    : tf.Tensor4D
  : undefined;

/**
 * PyTorch's multi-head attention: the three projections stacked in `inProjWeight`, or one by one where keys or values
 * have a size of their own. Loads the form of the guide (four projections W_q, W_k, W_v, W_o), too.
 */
export class MultiheadAttention extends Module {
  readonly inProjWeight?: tf.Variable;
  readonly qProjWeight?: tf.Variable;
  readonly kProjWeight?: tf.Variable;
  readonly vProjWeight?: tf.Variable;
  readonly inProjBias?: tf.Variable;
  readonly biasK?: tf.Variable;
  readonly biasV?: tf.Variable;
  readonly outProj: Linear;
  dropout: number;
  readonly batchFirst: boolean;
  readonly addZeroAttn: boolean;
  readonly kdim: number;
  readonly vdim: number;

  constructor(
    readonly embedDim: number,
    readonly numHeads: number,
    options: MultiheadAttentionOptions = {},
  ) {
    super();
    const { dropout = 0, bias = true, addBiasKv = false, addZeroAttn = false } = options;
    const { kdim = embedDim, vdim = embedDim, batchFirst = false } = options;
    headSize('MultiheadAttention', embedDim, numHeads);
    [this.dropout, this.batchFirst, this.addZeroAttn] = [dropout, batchFirst, addZeroAttn];
    this.kdim = checkedCount('MultiheadAttention', 'kdim', kdim);
    this.vdim = checkedCount('MultiheadAttention', 'vdim', vdim);
    const glorot = (...shape: number[]) => xavierUniform_(parameter(tf.zeros(shape)));
    if (kdim === embedDim && vdim === embedDim) {
      this.inProjWeight = glorot(3 * embedDim, embedDim);
    } else {
      this.qProjWeight = glorot(embedDim, embedDim);
      this.kProjWeight = glorot(embedDim, kdim);
      this.vProjWeight = glorot(embedDim, vdim);
    }
    if (bias) this.inProjBias = parameter(tf.zeros([3 * embedDim]));
    if (addBiasKv) this.biasK = xavierNormal_(parameter(tf.zeros([1, 1, embedDim])));
    if (addBiasKv) this.biasV = xavierNormal_(parameter(tf.zeros([1, 1, embedDim])));
    this.outProj = new OutputLinear(embedDim, embedDim, { bias });
    this.outProj.bias?.assign(tf.zeros([embedDim]));
  }

  /**
   * Gives `[output, weights]`. One sequence may come without its batch axis, `[t, e]`, and goes so.
   * @throws TypeError unless inputs are `[b, t, e]` (with `batchFirst`) and masks fit
   */
  forward<Needed extends boolean = true, Averaged extends boolean = true>(
    query: tf.Tensor3D,
    key: tf.Tensor3D,
    value: tf.Tensor3D,
    options: AttendOptions<Needed, Averaged> = {},
  ): [tf.Tensor3D, AttentionWeights<Needed, Averaged>] {
    return this.attend(query, key, value, options) as [tf.Tensor3D, AttentionWeights<Needed, Averaged>];
  }

  private attend(
    query: tf.Tensor3D,
    key: tf.Tensor3D,
    value: tf.Tensor3D,
    options: AttendOptions<boolean, boolean>,
  ): [tf.Tensor, tf.Tensor | undefined] {
    if (query.rank === 2) return this.attendOne(query, key, value, options);
    this.check(query, key, value);
    const [Q, ...attended] = this.recalled(query, key, value, options.past); // [b, n, t, d] each
    const [K, V] = this.lengthened(attended);
    const { needWeights = true, averageAttnWeights = true } = options;
    const alone = needWeights ? undefined : this.fewQueries(Q, [K, V], options);
    if (alone) return [this.turned(this.outProj.forward(joinHeads(alone))), undefined];
    const { masked, sighted } = this.masked(attentionScores(Q, K), options);
    const seen = tf.softmax(masked); // [b, n, t, s]
    const weights = sighted ? tf.mul(seen, sighted) : seen;
    const used = dropoutWhileTraining(this, weights, () => this.dropout);
    const output = this.turned(this.outProj.forward(joinHeads(tf.matMul(used, V))));
    if (!needWeights) return [output, undefined];
    return [output, averageAttnWeights ? tf.mean(used, 1) : used];
  }

  /** The heads' outputs where a few queries stand behind others, by the fewest operations. */
  private fewQueries(
    query: tf.Tensor4D,
    keyValues: readonly [tf.Tensor4D, tf.Tensor4D],
    { past, attnMask, keyPaddingMask }: MaskOptions,
  ): tf.Tensor4D | undefined {
    const plain = !attnMask && !keyPaddingMask && !this.biasK && !this.addZeroAttn && !this.training;
    return past?.mask && plain && areFewQueries(query) ? fewQueries(query, keyValues, past.mask) : undefined;
  }

  /** One sequence without its batch axis: masks are `[s]` and `[t, s]` or `[n, t, s]`. */
  private attendOne(
    query: tf.Tensor,
    key: tf.Tensor,
    value: tf.Tensor,
    { keyPaddingMask, ...options }: AttendOptions<boolean, boolean>,
  ): [tf.Tensor, tf.Tensor | undefined] {
    const [s = 0] = key.shape;
    checkShape(this.typeName(), 'key', key, [s, this.kdim]);
    checkShape(this.typeName(), 'value', value, [s, this.vdim]);
    if (keyPaddingMask) checkShape(this.typeName(), 'keyPaddingMask', keyPaddingMask, [s]);
    const batch = this.batchFirst ? 0 : 1;
    const q = tf.expandDims<tf.Tensor3D>(query, batch);
    const k = key === query ? q : tf.expandDims<tf.Tensor3D>(key, batch);
    const v = value === key ? k : tf.expandDims<tf.Tensor3D>(value, batch);
    const padding = keyPaddingMask && { keyPaddingMask: tf.expandDims<tf.Tensor2D>(keyPaddingMask, 0) };
    const [output, weights] = this.attend(q, k, v, { ...options, ...padding });
    return [tf.squeeze(output, [batch]), weights && tf.squeeze(weights, [0])];
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

  /** Queries of all heads, and what there is to attend to. */
  private recalled(
    query: tf.Tensor3D,
    key: tf.Tensor3D,
    value: tf.Tensor3D,
    past: LayerPast | undefined,
  ): Triple<tf.Tensor4D> {
    if (past?.known) return [this.queries(query), ...past.known];
    const [Q, ...given] = this.project(query, key, value);
    return [Q, ...(past?.recall(given) ?? given)];
  }

  private queries(query: tf.Tensor3D): tf.Tensor4D {
    const { inProjWeight, inProjBias, qProjWeight, embedDim } = this;
    const weight = qProjWeight ?? tf.slice(inProjWeight as tf.Tensor, 0, embedDim);
    return splitHeads(
      this.turned(linear(query, weight, inProjBias && tf.slice(inProjBias, 0, embedDim))),
      this.numHeads,
    );
  }

  /** Queries, keys and values of all heads, `[b, n, t, d]` each. */
  private project(query: tf.Tensor3D, key: tf.Tensor3D, value: tf.Tensor3D): Triple<tf.Tensor4D> {
    const heads = (x: tf.Tensor3D) => splitHeads(this.turned(x), this.numHeads);
    const { inProjWeight, inProjBias, qProjWeight, kProjWeight, vProjWeight } = this;
    if (inProjWeight && query === key && key === value) {
      const stacked = linear(query, inProjWeight, inProjBias); // one product for all three
      const [q, k, v] = tf.split(stacked, 3, 2) as Triple<tf.Tensor3D>;
      return [heads(q), heads(k), heads(v)];
    }
    const weights = inProjWeight ? tf.split(inProjWeight, 3) : [qProjWeight, kProjWeight, vProjWeight];
    const [wq, wk, wv] = weights as Triple<tf.Tensor2D>;
    const [bq, bk, bv] = inProjBias ? tf.split(inProjBias, 3) : [];
    return [heads(linear(query, wq, bq)), heads(linear(key, wk, bk)), heads(linear(value, wv, bv))];
  }

  /** Keys and values with what stands behind those given: the learnt ones, then zeros. */
  private lengthened([keys, values]: readonly [tf.Tensor4D, tf.Tensor4D]): [tf.Tensor4D, tf.Tensor4D] {
    const behind = (x: tf.Tensor4D, learnt: tf.Variable | undefined): tf.Tensor4D => {
      const [b = 0, n = 0, , d = 0] = x.shape;
      const more = learnt ? [tf.tile(splitHeads(learnt, n), [b, 1, 1, 1])] : [];
      const zeros = this.addZeroAttn ? [tf.zeros([b, n, 1, d])] : [];
      return more.length + zeros.length === 0
        ? x
        : tf.concat<tf.Tensor4D>([x, ...more, ...zeros] as never, 2);
    };
    return [behind(keys, this.biasK), behind(values, this.biasV)];
  }

  private check(query: tf.Tensor, key: tf.Tensor, value: tf.Tensor): void {
    const { batchFirst, embedDim, kdim, vdim } = this;
    const sizes = (x: tf.Tensor, size: number, name: string) =>
      sequenceSizes(this.typeName(), x, size, { batchFirst, name });
    const [{ b }, { t }] = [sizes(query, embedDim, 'query'), sizes(key, kdim, 'key')];
    const expected = (size: number) => (batchFirst ? [b, t, size] : [t, b, size]);
    checkShape(this.typeName(), 'key', key, expected(kdim));
    checkShape(this.typeName(), 'value', value, expected(vdim));
  }

  /** From the caller's order of axes to `[b, t, e]`, and back. */
  private turned(x: tf.Tensor3D): tf.Tensor3D {
    return this.batchFirst ? x : tf.transpose(x, [1, 0, 2]);
  }

  private masked(scores: tf.Tensor4D, options: MaskOptions): Masked {
    const { keyPaddingMask, attnMask, isCausal = false, past } = options;
    const more = Number(this.biasK !== undefined) + Number(this.addZeroAttn);
    const [b = 0, n = 0, t = 0] = scores.shape;
    const s = (scores.shape[3] ?? 0) - more;
    /** Nothing hides what stands behind the keys given. */
    const longer = (mask: tf.Tensor): tf.Tensor =>
      more === 0
        ? mask
        : tf.pad(mask, [...mask.shape.slice(1).map((): [number, number] => [0, 0]), [0, more]]);
    /** What a mask adds; PyTorch's for each head and sample is [b·n, t, s]. */
    const added = (name: string, mask: tf.Tensor, expected: number[], shape: number[]): tf.Tensor => {
      checkMask(this.typeName(), name, mask);
      checkShape(this.typeName(), name, mask, expected);
      return longer(tf.reshape(mask.dtype === 'bool' ? hiding(mask) : mask, shape));
    };
    const each = attnMask?.rank === 3;
    const causal = past ? past.mask : isCausal ? causalMask(t, s) : undefined;
    return withMasks(
      scores,
      causal && longer(causal),
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
