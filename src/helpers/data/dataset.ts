/** Samples by position, handed out a batch at a time. */
import * as tf from '../../engine/tf';

/** What a batch consists of; each tensor's first axis counts samples. */
export type Tensors = readonly tf.Tensor[];

/** Anything a `DataLoader` can read. */
export interface Dataset<B extends Tensors = [tf.Tensor, tf.Tensor]> {
  /** Number of samples. */
  readonly length: number;
  /** Whether a position gives the same numbers each time: nothing is drawn at random, nothing changes. */
  readonly fixed?: boolean;
  /** The samples at these positions as one batch; the caller disposes the tensors. */
  gather(indices: ArrayLike<number>): B;
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

/** One part of every sample, e.g. the image, stored for all samples in one typed array. */
export interface Column {
  /** All samples one after the other. */
  readonly values: Uint8Array | Int32Array | Float32Array;
  /** Shape of one sample; `[]` for a single number. */
  readonly shape: readonly number[];
  /** Meaning of each byte of a Uint8Array, 256 numbers; makes the batch float32. */
  readonly table?: Float32Array;
}

function checkPosition(index: number | undefined, length: number): number {
  if (index === undefined || !Number.isInteger(index) || index < 0 || index >= length) {
    throw new RangeError(`Cannot gather samples: expected positions in 0 … ${length - 1}, got ${index}`);
  }
  return index;
}

/** Copies the chosen samples into one new array, without an object or an array per sample. */
function gatherColumn({ values, shape, table }: Column, indices: ArrayLike<number>): tf.Tensor {
  const size = tf.util.sizeFromShape([...shape]);
  const samples = values.length / size;
  const batchShape = [indices.length, ...shape];
  const float = table !== undefined || values instanceof Float32Array;
  const out = float ? new Float32Array(indices.length * size) : new Int32Array(indices.length * size);
  for (let row = 0; row < indices.length; row++) {
    const start = checkPosition(indices[row], samples) * size;
    const target = row * size;
    if (table === undefined) out.set(values.subarray(start, start + size), target);
    else for (let i = 0; i < size; i++) out[target + i] = table[values[start + i] ?? 0] ?? 0;
  }
  return tf.tensor(out, batchShape, float ? 'float32' : 'int32');
}

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
    return this.columns.map((column) => gatherColumn(column, indices)) as Tensors as B;
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

/** Chosen samples of another data set, in the order of `indices`. */
export class Subset<B extends Tensors = [tf.Tensor, tf.Tensor]> implements Dataset<B> {
  readonly indices: Int32Array;

  constructor(
    readonly dataset: Dataset<B>,
    indices: ArrayLike<number>,
  ) {
    this.indices = Int32Array.from(indices, (index) => checkPosition(index, dataset.length));
  }

  get length(): number {
    return this.indices.length;
  }

  get fixed(): boolean {
    return this.dataset.fixed === true;
  }

  gather(indices: ArrayLike<number>): B {
    return this.dataset.gather(
      Int32Array.from(indices, (index) => this.indices[checkPosition(index, this.length)] ?? 0),
    );
  }
}

/** Several data sets one after the other, as `torch.utils.data.ConcatDataset`. */
export class ConcatDataset<B extends Tensors = [tf.Tensor, tf.Tensor]> implements Dataset<B> {
  readonly length: number;

  /** @throws RangeError if there is no data set */
  constructor(readonly datasets: readonly Dataset<B>[]) {
    if (datasets.length === 0) {
      throw new RangeError('Cannot build ConcatDataset: expected at least one data set, got none');
    }
    this.length = datasets.reduce((total, { length }) => total + length, 0);
  }

  get fixed(): boolean {
    return this.datasets.every(({ fixed }) => fixed === true);
  }

  gather(indices: ArrayLike<number>): B {
    const positions = Array.from(indices, (index) => checkPosition(index, this.length));
    const rows: number[] = []; // rows[i]: where the i-th sample of the joined parts belongs in the batch
    let start = 0;
    const parts = this.datasets.flatMap((dataset) => {
      const own = positions.flatMap((index, row) =>
        index >= start && index < start + dataset.length ? [{ index: index - start, row }] : [],
      );
      start += dataset.length;
      for (const { row } of own) rows.push(row);
      return own.length === 0 ? [] : [dataset.gather(own.map(({ index }) => index))];
    });
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : (inBatchOrder(parts, rows) as Tensors as B);
  }
}

/** Joins parts of a batch, puts each sample into its row and disposes the parts. */
function inBatchOrder(parts: readonly Tensors[], rows: readonly number[]): tf.Tensor[] {
  const [first = []] = parts;
  const order = new Int32Array(rows.length);
  rows.forEach((row, i) => (order[row] = i));
  const joined = first.map((_, column) =>
    tf.tidy(() =>
      tf.gather(tf.concat(parts.flatMap((part) => part[column] ?? [])), tf.tensor1d(order, 'int32')),
    ),
  );
  parts.forEach((part) => part.forEach((tensor) => tensor.dispose()));
  return joined;
}
