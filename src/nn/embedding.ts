import { embedding } from '../engine/ops/embedding';
import { refusal } from '../engine/ops/sizes';
import { normal } from '../engine/random';
import * as tf from '../engine/tf';
import { checkedCount } from './checks';
import { describe } from './describe';
import { Module } from './module';
import { parameter } from './parameter';

/**
 * A learned vector for each of `numEmbeddings` words: ids int32 `[b, t]` → `[b, t, embeddingDim]`. Vectors start
 * normally distributed; the one of `paddingIdx` starts at zero and is never trained.
 */
export class Embedding extends Module {
  readonly weight: tf.Variable;
  readonly paddingIdx: number | undefined;

  constructor(
    readonly numEmbeddings: number,
    readonly embeddingDim: number,
    { paddingIdx }: { readonly paddingIdx?: number } = {},
  ) {
    super();
    checkedCount('Embedding', 'numEmbeddings', numEmbeddings);
    checkedCount('Embedding', 'embeddingDim', embeddingDim);
    this.paddingIdx = checkedIndex(paddingIdx, numEmbeddings);
    this.weight = parameter(this.firstWeight());
  }

  /**
   * The rows of the weights for ids int32 of any shape: `[…]` → `[…, embeddingDim]`.
   * @throws TypeError for ids of another type
   */
  forward(ids: tf.Tensor): tf.Tensor {
    if (ids.dtype !== 'int32')
      throw refusal(this.typeName(), 'ids int32', ids.dtype, 'ids.int() makes them so');
    return embedding(this.weight, ids, this.paddingIdx);
  }

  protected override extraRepr(): string {
    const settings = describe({ paddingIdx: this.paddingIdx });
    return [this.numEmbeddings, this.embeddingDim, settings].filter((part) => part !== '').join(', ');
  }

  private firstWeight(): tf.Tensor2D {
    return tf.tidy(() => {
      const rows = normal([this.numEmbeddings, this.embeddingDim]);
      if (this.paddingIdx === undefined) return rows;
      const kept = tf.notEqual(tf.range(0, this.numEmbeddings, 1, 'int32'), this.paddingIdx);
      return tf.mul(rows, tf.expandDims(tf.cast(kept, 'float32'), 1));
    });
  }
}

function checkedIndex(index: number | undefined, count: number): number | undefined {
  if (index === undefined) return undefined;
  if (Number.isInteger(index) && index >= -count && index < count) return index < 0 ? index + count : index;
  throw new RangeError(
    `Cannot build Embedding: paddingIdx must be in [${-count}, ${count - 1}], got ${index}`,
  );
}
