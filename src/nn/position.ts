import * as tf from '../engine/tf';
import { checkedCount } from './checks';
import { Dropout } from './dropout';
import { Embedding } from './embedding';
import { sequenceSizes } from './fitting';
import { Module } from './module';
import { buffer } from './parameter';

/**
 * sin(p / 10000^(2i/e)) and cos of the same in turn, `[length, dModel]`: Vaswani et al., 2017, section 3.5.
 */
export function sinusoidalPositions(length: number, dModel: number): tf.Tensor2D {
  const angle = (p: number, i: number) => p * Math.exp((-Math.log(10000) * (i - (i % 2))) / dModel);
  const value = (p: number, i: number) => (i % 2 === 0 ? Math.sin(angle(p, i)) : Math.cos(angle(p, i)));
  const rows = Array.from({ length }, (_, p) => Array.from({ length: dModel }, (_, i) => value(p, i)));
  return tf.tensor2d(rows, [length, dModel]);
}

/** Adds sinusoidal positions to `[b, t, dModel]` and drops out, as PyTorch's tutorial. The table `pe` is a buffer. */
export class PositionalEncoding extends Module {
  readonly dropout: Dropout;
  readonly pe: tf.Variable;

  /** @throws RangeError unless the sizes are whole numbers from 1 */
  constructor(
    readonly dModel: number,
    { maxLen = 512, dropout = 0.1 } = {},
  ) {
    super();
    checkedCount('PositionalEncoding', 'dModel', dModel);
    checkedCount('PositionalEncoding', 'maxLen', maxLen);
    this.dropout = new Dropout(dropout);
    this.pe = buffer(sinusoidalPositions(maxLen, dModel));
  }

  /**
   * Adds each step's place; `[b, t, dModel]` stays as long.
   * @param start the place of the first step, int32; 0 unless given
   */
  forward(x: tf.Tensor3D, start?: tf.Scalar): tf.Tensor3D {
    return this.dropout.forward(tf.add(x, rowsFor(this.typeName(), x, this.pe, start)));
  }
}

/** Adds a learned vector for each position to `[b, t, dModel]`, as GPT and BERT. */
export class LearnedPositions extends Module {
  readonly embedding: Embedding;

  constructor(maxLen: number, dModel: number) {
    super();
    this.embedding = new Embedding(maxLen, dModel);
  }

  /**
   * Adds each step's place; `[b, t, dModel]` stays as long.
   * @param start the place of the first step, int32; 0 unless given
   */
  forward(x: tf.Tensor3D, start?: tf.Scalar): tf.Tensor3D {
    return tf.add(x, rowsFor(this.typeName(), x, this.embedding.weight, start));
  }
}

/** The rows of a table for the steps of x, `[t, dModel]`. */
function rowsFor(what: string, x: tf.Tensor, table: tf.Tensor, start: tf.Scalar | undefined): tf.Tensor {
  const t = checkedLength(what, x, table);
  return start ? tf.gather(table, tf.add(tf.range(0, t, 1, 'int32'), start)) : tf.slice(table, 0, t);
}

/** The length of sequences `[b, t, dModel]`, for which the table `[maxLen, dModel]` has to suffice. */
function checkedLength(what: string, x: tf.Tensor, table: tf.Tensor): number {
  const [maxLen = 0, dModel = 0] = table.shape;
  const { t } = sequenceSizes(what, x, dModel);
  if (t <= maxLen) return t;
  throw new RangeError(`Cannot call ${what}: expected sequences of at most ${maxLen} steps, got ${t}`);
}
