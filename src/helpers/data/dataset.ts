/** Samples by position, handed out a batch at a time. */
import * as tf from '../../engine/tf';
import { type Column, gatherColumn } from './columns';
import { toTensor } from './tensors';

/** What a batch consists of; each tensor's first axis counts samples. */
export type Tensors = readonly tf.Tensor[];

/** Anything a `DataLoader` can read. */
export interface Dataset<B extends Tensors = [tf.Tensor, tf.Tensor]> {
  /** Number of samples. */
  readonly length: number;
  /** Whether a position gives the same numbers each time: nothing is drawn at random, nothing changes. */
  readonly fixed?: boolean;
  /**
   * The samples at these positions as one batch; the caller disposes the tensors.
   * @param random of each row, for samples that are made anew each time; by default that of `manualSeed`
   */
  gather(indices: ArrayLike<number>, random?: SampleRandom): B;
  /** The samples one by one, where they come so: what a `collateFn` takes. */
  readonly getItems?: ((indices: ArrayLike<number>, random?: SampleRandom) => unknown[]) | undefined;
}

/** Maps a batch of inputs, e.g. an augmentation. */
export interface Transform {
  /** The batch, transformed. */
  forward(x: tf.Tensor4D): tf.Tensor4D;
}

/** A batch as `transform` makes it; what it came from is freed. */
export function applied(transform: Transform | undefined, x: tf.Tensor4D): tf.Tensor4D {
  if (transform === undefined) return x;
  const transformed = tf.tidy(() => transform.forward(x));
  if (transformed !== x) x.dispose();
  return transformed;
}

/** Numbers in [0, 1) for one sample of a batch: the same wherever and whenever the sample is made. */
export type SampleRandom = (row: number) => () => number;

/** A data set over typed arrays that stay in JavaScript's memory; a batch is one copy out of them. */
export class ArrayDataset<B extends Tensors = [tf.Tensor, tf.Tensor]> implements Dataset<B> {
  readonly length: number;
  readonly fixed = true;

  /** @throws RangeError unless all columns have the same whole number of samples */
  constructor(readonly columns: readonly Column[]) {
    const lengths = columns.map(({ values, shape }) => values.length / tf.util.sizeFromShape([...shape]));
    const [length = 0] = lengths;
    if (!Number.isInteger(length) || lengths.some((other) => other !== length)) {
      throw new RangeError(
        `Cannot build data set: expected the same whole number of samples in each column, got ${lengths.join(', ')}`,
      );
    }
    this.length = length;
  }

  gather(indices: ArrayLike<number>): B {
    return this.columns.map((column) => toTensor(gatherColumn(column, indices))) as Tensors as B;
  }
}

/** The shape of one sample and the values of all, read out of a tensor once. */
function columnOf(tensor: tf.Tensor): Column {
  if (tensor.rank === 0 || (tensor.dtype !== 'float32' && tensor.dtype !== 'int32')) {
    throw new TypeError(
      `Cannot build TensorDataset: expected float32 or int32 tensors with a first axis of samples, ` +
        `got ${tensor.dtype} of shape [${tensor.shape.join(', ')}]`,
    );
  }
  const values = tensor.dataSync<'float32' | 'int32'>();
  return {
    values: values instanceof Uint8Array ? Int32Array.from(values) : values,
    shape: tensor.shape.slice(1),
  };
}

/**
 * A data set of tensors with the same first axis, as `torch.utils.data.TensorDataset`.
 * The values are copied once; the tensors given remain the caller's to dispose.
 */
export class TensorDataset<B extends Tensors = [tf.Tensor, tf.Tensor]> extends ArrayDataset<B> {
  constructor(...tensors: B) {
    super(tensors.map(columnOf));
  }
}
