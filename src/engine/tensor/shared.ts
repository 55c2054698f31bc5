/** Methods that TensorFlow.js has by the same name: its arguments go to it, PyTorch's are taken here. */
import * as tf from '../tfjs';
import { dimOf, flattened, listOf, sizesFor } from './arrange';
import { gathered, ordered } from './indexing';
import type { ValuesAndIndices } from './methods';

type Method = (this: tf.Tensor, ...args: never[]) => unknown;

/** A function of the last dimension along another. */
function alongLast(
  method: string,
  x: tf.Tensor,
  dim: number,
  compute: (x: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const at = dimOf(method, x.rank, dim);
  if (x.rank === 0) return tf.reshape(compute(tf.reshape(x, [1])), []);
  if (at === x.rank - 1) return compute(x);
  const order = x.shape.map((_, i) => (i === at ? x.rank - 1 : i === x.rank - 1 ? at : i));
  return tf.transpose(compute(tf.transpose(x, order)), order);
}

/** The values in order, each once, and for each element where its value stands; values are read. */
function unique(x: tf.Tensor): ValuesAndIndices {
  const given = x.dataSync();
  const values = [...new Set(given)].sort((a, b) => a - b);
  const places = new Map(values.map((value, i) => [value, i]));
  const indices = Int32Array.from(given, (value) => places.get(value) ?? 0);
  return { values: tf.tensor1d(values, x.dtype), indices: tf.tensor(indices, x.shape, 'int32') };
}

/** Of `this`: a tensor. Types are those of methods.ts; what arrives may be of either library. */
export const sharedMethods: Readonly<Record<string, Method>> = {
  reshape(...sizes: (number | number[])[]) {
    return tf.reshape(this, sizesFor('reshape', this, listOf(sizes)));
  },
  flatten(start = 0, end = -1) {
    return flattened(this, start, end);
  },
  transpose(dim0?: number | number[], dim1?: number) {
    if (typeof dim0 !== 'number' || typeof dim1 !== 'number') return tf.transpose(this, dim0 as number[]);
    const [a, b] = [dimOf('transpose', this.rank, dim0), dimOf('transpose', this.rank, dim1)];
    if (this.rank === 0) return this;
    const dims = this.shape.map((_, i) => (i === a ? b : i === b ? a : i));
    return tf.transpose(this, dims);
  },
  squeeze(dim?: number | number[]) {
    if (typeof dim !== 'number') return tf.squeeze(this, dim);
    return this.shape[dimOf('squeeze', this.rank, dim)] === 1 ? tf.squeeze(this, [dim]) : this;
  },
  gather(first: number | tf.Tensor, second: tf.Tensor | number, batchDims?: number) {
    if (typeof first === 'number') return gathered(this, first, second as tf.Tensor);
    return tf.gather(this, first, second as number, batchDims);
  },
  softmax(dim = -1) {
    return alongLast('softmax', this, dim, (x) => tf.softmax(x));
  },
  logSoftmax(dim = -1) {
    return alongLast('logSoftmax', this, dim, (x) => tf.logSoftmax(x));
  },
  broadcastTo(shape: number[]) {
    return tf.broadcastTo(this, shape);
  },
  unique() {
    return unique(this);
  },
  topk(k: number, dim: number | boolean = -1, largest = true) {
    return typeof dim === 'boolean' ? tf.topk(this, k, dim) : ordered(this, k, dim, largest);
  },
};
