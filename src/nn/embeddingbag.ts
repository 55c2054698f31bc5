/** Sums, means or maxima of embeddings, a bag of words at a time. */
import { withGradient } from '../engine/autograd';
import { refusal } from '../engine/ops/sizes';
import * as tf from '../engine/tf';
import { checkedCount } from './checks';
import { describe, float } from './describe';
import {
  checkedPadding,
  checkIds,
  type EmbeddingOptions,
  firstVectors,
  lookUp,
  withTable,
} from './embedding';
import { checkShape } from './fitting';
import { Module } from './module';
import { hot } from './onehot';
import { parameter } from './parameter';

/** PyTorch's options of embedding bags: the mean, offsets only where bags begin. */
export interface EmbeddingBagOptions extends EmbeddingOptions {
  readonly mode?: 'sum' | 'mean' | 'max';
  /** Whether the last offset says where the last bag ends. */
  readonly includeLastOffset?: boolean;
}

/** Where bags begin, and how much each word counts. */
export interface BagInputs {
  /** Where each bag begins among ids `[n]`, int32; not for ids `[b, n]`, whose rows are the bags. */
  readonly offsets?: tf.Tensor1D;
  /** Weight of each word, of the ids' shape; with mode `sum` alone. */
  readonly perSampleWeights?: tf.Tensor;
}

/**
 * A vector for each bag of words: ids int32 `[b, n]`, or `[n]` with offsets → `[bags, e]`. Padding counts for nothing;
 * an empty bag is zero.
 * @throws TypeError unless shapes fit, RangeError for weights with another mode than `sum`
 */
export function embeddingBag(
  ids: tf.Tensor,
  weight: tf.Tensor2D,
  options: EmbeddingBagOptions & BagInputs = {},
): tf.Tensor2D {
  return bagged('embeddingBag', ids, weight, options);
}

function bagged(
  what: string,
  ids: tf.Tensor,
  weight: tf.Tensor2D,
  options: EmbeddingBagOptions & BagInputs,
): tf.Tensor2D {
  const { mode = 'mean', perSampleWeights, paddingIdx } = options;
  checkIds(what, ids);
  const bags = bagsOf(what, ids, options); // [bags, n], 1 where a word is in a bag
  const flat = tf.reshape(ids, [-1]);
  const rows = lookUp(what, flat, weight, options); // [n, e]
  const kept =
    paddingIdx === undefined || paddingIdx === null ? bags : tf.mul(bags, counted(flat, paddingIdx));
  if (perSampleWeights) {
    if (mode !== 'sum') {
      throw new RangeError(`Cannot call ${what}: perSampleWeights go with mode sum, got ${mode}`);
    }
    checkShape(what, 'perSampleWeights', perSampleWeights, ids.shape);
    return tf.matMul(kept, tf.mul(rows, tf.reshape(perSampleWeights, [-1, 1])));
  }
  if (mode === 'max') return largest(rows, kept);
  const sums = tf.matMul(kept, rows);
  return mode === 'sum' ? sums : tf.div(sums, tf.maximum(tf.sum(kept, 1, true), 1));
}

const counted = (ids: tf.Tensor1D, padding: number): tf.Tensor1D =>
  tf.cast(tf.notEqual(ids, padding), 'float32');

function bagsOf(
  what: string,
  ids: tf.Tensor,
  { offsets, includeLastOffset = false }: BagInputs & EmbeddingBagOptions,
) {
  const [b = 0, n = 0] = ids.shape;
  if (ids.rank === 2 && !offsets) {
    const own = tf.floorDiv(tf.range(0, b * n, 1, 'int32'), tf.scalar(Math.max(n, 1), 'int32'));
    return tf.cast(tf.equal(tf.expandDims(own, 0), tf.expandDims(tf.range(0, b, 1, 'int32'), 1)), 'float32');
  }
  if (ids.rank !== 1 || offsets?.rank !== 1) throw refusal(what, 'ids [b, n], or [n] and offsets [b]', ids);
  const starts = includeLastOffset ? tf.slice(offsets, [0], [offsets.size - 1]) : offsets;
  const ends = tf.concat([tf.slice(offsets, [1]), ...(includeLastOffset ? [] : [tf.tensor1d([b], 'int32')])]);
  const places = tf.expandDims(tf.range(0, b, 1, 'int32'), 0);
  const after = tf.greaterEqual(places, tf.expandDims(starts, 1));
  return tf.cast(tf.logicalAnd(after, tf.less(places, tf.expandDims(ends, 1))), 'float32');
}

/** The largest values of each bag; of equal ones the first gets the gradient. */
function largest(rows: tf.Tensor2D, kept: tf.Tensor2D): tf.Tensor2D {
  return withGradient(
    [rows],
    () => {
      const inBag = tf.expandDims(kept, 2); // [bags, n, 1]
      const first = tf.argMax(tf.add(rows, tf.mul(tf.sub(1, inBag), -1e30)), 1); // [bags, e]
      const chosen = tf.mul(tf.transpose(hot(first, rows.shape[0] ?? 0), [0, 2, 1]), inBag); // [bags, n, e]
      return { value: tf.sum(tf.mul(chosen, rows), 1), saved: [chosen] };
    },
    (dy, [chosen]) => [() => tf.sum(tf.mul(chosen as tf.Tensor, tf.expandDims(dy, 1)), 0)],
  );
}

/** `embeddingBag` with learned vectors, which start as those of `Embedding`. */
export class EmbeddingBag extends Module {
  readonly weight: tf.Variable;
  readonly paddingIdx: number | undefined;
  readonly maxNorm: number | null;
  readonly normType: number;
  readonly scaleGradByFreq: boolean;
  readonly mode: 'sum' | 'mean' | 'max';
  readonly includeLastOffset: boolean;

  constructor(
    readonly numEmbeddings: number,
    readonly embeddingDim: number,
    options: EmbeddingBagOptions = {},
  ) {
    super();
    checkedCount('EmbeddingBag', 'numEmbeddings', numEmbeddings);
    checkedCount('EmbeddingBag', 'embeddingDim', embeddingDim);
    const { paddingIdx, maxNorm = null, normType = 2, scaleGradByFreq = false } = options;
    const { mode = 'mean', includeLastOffset = false } = options;
    this.paddingIdx = checkedPadding('EmbeddingBag', paddingIdx, numEmbeddings);
    [this.maxNorm, this.normType, this.scaleGradByFreq] = [maxNorm, normType, scaleGradByFreq];
    [this.mode, this.includeLastOffset] = [mode, includeLastOffset];
    this.weight = parameter(firstVectors(numEmbeddings, embeddingDim, this.paddingIdx));
  }

  /**
   * Bags over a given table `[n, e]`, of which a copy is made; frozen unless told otherwise.
   * @throws TypeError unless the table has two axes
   */
  static fromPretrained(
    embeddings: tf.Tensor2D,
    { freeze = true, ...options }: EmbeddingBagOptions & { readonly freeze?: boolean } = {},
  ): EmbeddingBag {
    if (embeddings.rank !== 2) throw refusal('EmbeddingBag.fromPretrained', '[n, e]', embeddings);
    const [n = 0, width = 0] = embeddings.shape;
    return withTable(new EmbeddingBag(n, width, options), embeddings, freeze);
  }

  /** @throws TypeError unless ids are int32 `[b, n]`, or `[n]` with offsets */
  forward(ids: tf.Tensor, inputs: BagInputs = {}): tf.Tensor2D {
    return bagged(this.typeName(), ids, this.weight, { ...inputs, ...this });
  }

  protected override extraRepr(): string {
    const { numEmbeddings, embeddingDim, maxNorm, normType, scaleGradByFreq, mode, paddingIdx } = this;
    const settings = describe({
      maxNorm: maxNorm === null ? undefined : float(maxNorm),
      normType: normType === 2 ? undefined : float(normType),
      scaleGradByFreq: scaleGradByFreq || undefined,
      mode: `'${mode}'`,
      paddingIdx,
    });
    return `${numEmbeddings}, ${embeddingDim}, ${settings}`;
  }
}
