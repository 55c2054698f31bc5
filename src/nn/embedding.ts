import { noGrad, withGradient } from '../engine/autograd';
import { embedding as rowsOf } from '../engine/ops/embedding';
import { refusal } from '../engine/ops/sizes';
import { normal } from '../engine/random';
import * as tf from '../engine/tf';
import { checkedCount } from './checks';
import { describe, float } from './describe';
import { vectorNorm } from './distance';
import { Module } from './module';
import { isVariable, parameter } from './parameter';

/** PyTorch's options of embeddings: no padding, no longest vector. */
export interface EmbeddingOptions {
  /** The word whose vector starts at zero and is never trained; negative ones count from the end. */
  readonly paddingIdx?: number | null;
  /** Longest vector: those looked up that are longer are scaled down to it, in the table itself. */
  readonly maxNorm?: number | null;
  /** Which p-norm says how long a vector is. */
  readonly normType?: number;
  /**
   * Whether gradients are divided by how often a word occurs in the batch; in an `EmbeddingBag`, too, where PyTorch's
   * own kernel for the CPU takes the count of another word.
   */
  readonly scaleGradByFreq?: boolean;
}

/**
 * Rows of a table `[n, e]` for ids int32 of any shape: `[…]` → `[…, e]`.
 * @throws TypeError for ids of another type, or `maxNorm` with a table that is no variable
 */
export function embedding(ids: tf.Tensor, weight: tf.Tensor2D, options: EmbeddingOptions = {}): tf.Tensor {
  checkIds('embedding', ids);
  return lookUp('embedding', ids, weight, options);
}

/**
 * Checks the type of words' numbers.
 * @throws TypeError for another one
 */
export function checkIds(what: string, ids: tf.Tensor): void {
  if (ids.dtype !== 'int32') throw refusal(what, 'ids int32', ids.dtype, 'ids.int() makes them so');
}

/**
 * `embedding`, for layers.
 * @throws TypeError for `maxNorm` with a table that is no variable
 */
export function lookUp(
  what: string,
  ids: tf.Tensor,
  weight: tf.Tensor2D,
  { paddingIdx, maxNorm = null, normType = 2, scaleGradByFreq = false }: EmbeddingOptions,
): tf.Tensor {
  if (maxNorm !== null) shorten(what, weight, ids, maxNorm, normType);
  const rows = rowsOf(weight, ids, paddingIdx ?? undefined);
  return scaleGradByFreq ? sharedGradient(rows, ids, weight.shape[0] ?? 0) : rows;
}

/** Scales the rows that are looked up and too long, in place. */
function shorten(what: string, weight: tf.Tensor2D, ids: tf.Tensor, maxNorm: number, p: number): void {
  if (!isVariable(weight)) throw refusal(what, 'a variable as weight with maxNorm', 'a tensor');
  noGrad(() =>
    tf.tidy(() => {
      const norms = vectorNorm(weight, p, 1, true);
      const long = tf.logicalAnd(
        tf.greater(norms, maxNorm),
        tf.greater(countsOf(ids, weight.shape[0] ?? 0), 0),
      );
      const share = tf.cast(long, 'float32');
      const factor = tf.div(maxNorm, tf.add(norms, 1e-7));
      weight.assign(tf.mul(weight, tf.add(tf.sub(1, share), tf.mul(share, factor))));
    }),
  );
}

/** How often each word occurs, `[n, 1]`. */
function countsOf(ids: tf.Tensor, n: number): tf.Tensor2D {
  const flat = tf.reshape(ids, [-1]);
  return tf.expandDims(tf.unsortedSegmentSum(tf.ones([flat.size]), flat, n), 1);
}

/** Rows whose gradients are divided by how often their word occurs. */
function sharedGradient(rows: tf.Tensor, ids: tf.Tensor, n: number): tf.Tensor {
  return withGradient(
    [rows],
    () => ({ value: tf.clone(rows), saved: [tf.gather(countsOf(ids, n), ids)] }),
    (dy, [counts]) => [() => tf.div(dy, counts as tf.Tensor)],
  );
}

/**
 * A learned vector for each of `numEmbeddings` words: ids int32 `[b, t]` → `[b, t, embeddingDim]`. Vectors start
 * normally distributed; the one of `paddingIdx` starts at zero and is never trained.
 */
export class Embedding extends Module {
  readonly weight: tf.Variable;
  readonly paddingIdx: number | undefined;
  readonly maxNorm: number | null;
  readonly normType: number;
  readonly scaleGradByFreq: boolean;

  constructor(
    readonly numEmbeddings: number,
    readonly embeddingDim: number,
    { paddingIdx, maxNorm = null, normType = 2, scaleGradByFreq = false }: EmbeddingOptions = {},
  ) {
    super();
    checkedCount('Embedding', 'numEmbeddings', numEmbeddings);
    checkedCount('Embedding', 'embeddingDim', embeddingDim);
    this.paddingIdx = checkedPadding('Embedding', paddingIdx, numEmbeddings);
    [this.maxNorm, this.normType, this.scaleGradByFreq] = [maxNorm, normType, scaleGradByFreq];
    this.weight = parameter(firstVectors(numEmbeddings, embeddingDim, this.paddingIdx));
  }

  /**
   * Embeddings that start as a given table `[n, e]`, of which a copy is made; frozen unless told otherwise.
   * @throws TypeError unless the table has two axes
   */
  static fromPretrained(
    embeddings: tf.Tensor2D,
    { freeze = true, ...options }: EmbeddingOptions & { readonly freeze?: boolean } = {},
  ): Embedding {
    if (embeddings.rank !== 2) throw refusal('Embedding.fromPretrained', '[n, e]', embeddings);
    const [n = 0, width = 0] = embeddings.shape;
    return withTable(new Embedding(n, width, options), embeddings, freeze);
  }

  /**
   * The rows of the weights for ids int32 of any shape: `[…]` → `[…, embeddingDim]`.
   * @throws TypeError for ids of another type
   */
  forward(ids: tf.Tensor): tf.Tensor {
    checkIds(this.typeName(), ids);
    return lookUp(this.typeName(), ids, this.weight, this);
  }

  protected override extraRepr(): string {
    const { numEmbeddings, embeddingDim, paddingIdx, maxNorm, normType, scaleGradByFreq } = this;
    const settings = describe({
      paddingIdx,
      maxNorm: maxNorm === null ? undefined : float(maxNorm),
      normType: normType === 2 ? undefined : float(normType),
      scaleGradByFreq: scaleGradByFreq || undefined,
    });
    return [numEmbeddings, embeddingDim, settings].filter((part) => part !== '').join(', ');
  }
}

/** The layer with another table in it. */
export function withTable<L extends { readonly weight: tf.Variable }>(
  layer: L,
  table: tf.Tensor2D,
  freeze: boolean,
): L {
  layer.weight.assign(table);
  layer.weight.trainable = !freeze;
  return layer;
}

/** Normally distributed vectors, that of the padding zero. */
export function firstVectors(n: number, width: number, paddingIdx: number | undefined): tf.Tensor2D {
  return tf.tidy(() => {
    const rows = normal([n, width]);
    if (paddingIdx === undefined) return rows;
    const kept = tf.notEqual(tf.range(0, n, 1, 'int32'), paddingIdx);
    return tf.mul(rows, tf.expandDims(tf.cast(kept, 'float32'), 1));
  });
}

/**
 * The padding's number, counted from the start.
 * @throws RangeError for one that is no word's
 */
export function checkedPadding(
  what: string,
  index: number | null | undefined,
  count: number,
): number | undefined {
  if (index === undefined || index === null) return undefined;
  if (Number.isInteger(index) && index >= -count && index < count) return index < 0 ? index + count : index;
  throw new RangeError(`Cannot build ${what}: paddingIdx must be in [${-count}, ${count - 1}], got ${index}`);
}
