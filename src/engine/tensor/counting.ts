/** Methods that count, and those that run along a dimension. */
import { noGrad } from '../autograd';
import * as tf from '../tfjs';
import { dimOf } from './arrange';
import { fromStart, narrowed, placesIn } from './indexing';
import type { CountMethods, Methods } from './methods';

/** @throws TypeError for what is no list of whole numbers from 0 on */
function counted(x: tf.Tensor, minlength: number): tf.Tensor {
  const values = Array.from(x.dataSync());
  const fits = x.rank === 1 && x.dtype !== 'float32' && values.every((value) => value >= 0);
  if (!fits) {
    throw new TypeError(
      `Cannot bincount: expected a list of int32 of at least 0, got ${x.dtype} [${x.shape.join(', ')}]`,
    );
  }
  const length = values.reduce((most, value) => Math.max(most, value + 1), minlength);
  const counts = new Int32Array(length);
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return tf.tensor1d(counts, 'int32');
}

/** @throws RangeError for a share outside [0, 1] */
function quantile(x: tf.Tensor, q: number, dim: number | undefined, keepdim: boolean): tf.Tensor {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`Cannot take a quantile: expected q in [0, 1], got ${q}`);
  const flat = dim === undefined ? tf.reshape(x, [x.size]) : x;
  const at = dimOf('take a quantile', flat.rank, dim ?? 0);
  const { values } = flat.sort(at);
  const place = q * ((flat.shape[at] ?? 1) - 1);
  const [low, high] = [narrowed(values, at, Math.floor(place), 1), narrowed(values, at, Math.ceil(place), 1)];
  const result = tf.add(low, tf.mul(tf.sub(high, low), place - Math.floor(place)));
  const known = tf.where(tf.any(tf.isNaN(flat), at, true), tf.scalar(NaN), result);
  return keepdim ? known : tf.squeeze(known, [at]);
}

/** Of `this`: a tensor. */
export const countMethods: Methods<CountMethods> = {
  take(index) {
    return tf.gather(tf.reshape(this, [this.size]), fromStart(index, this.size));
  },
  nonzero() {
    const places = noGrad(() => placesIn(this));
    const columns = this.shape.map((size, i) => {
      const stride = this.shape.slice(i + 1).reduce((product, n) => product * n, 1);
      const along = tf.floorDiv(places, tf.scalar(stride, 'int32'));
      return tf.mod(along, tf.scalar(size, 'int32'));
    });
    return columns.length > 0 ? tf.stack(columns, 1) : tf.zeros([places.size, 0], 'int32');
  },
  bincount(minlength = 0) {
    return counted(this, minlength);
  },
  quantile(q, dim, keepdim = false) {
    return quantile(this, q, dim, keepdim);
  },
  cumsum(dim) {
    const at = dimOf('cumsum', this.rank, dim);
    const x = this.dtype === 'bool' ? tf.cast(this, 'int32') : this;
    return this.rank === 0 ? x : tf.cumsum(x, at);
  },
  cumprod(dim) {
    const at = dimOf('cumprod', this.rank, dim);
    const x = this.dtype === 'bool' ? tf.cast(this, 'int32') : this;
    return this.rank === 0 ? x : tf.cumprod(x, at);
  },
};
