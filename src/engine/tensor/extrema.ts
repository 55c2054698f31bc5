/** Methods that find the largest, the smallest and the middle. */
import { withGradient } from '../autograd';
import * as tf from '../tfjs';
import { dimOf } from './arrange';
import { axesOf, keptShape, nonEmpty } from './axes';
import { ordered, picked } from './indexing';
import type { Dims, ValuesAndIndices } from './methods';
import type { ExtremaMethods, Loose } from './signatures';

const LARGEST = 3.4028234663852886e38;
const numbers = (x: tf.Tensor): tf.Tensor => (x.dtype === 'bool' ? tf.cast(x, 'int32') : x);

const extreme = (method: string, find: typeof tf.max) =>
  function (this: tf.Tensor, dim?: Dims, keepdim = false): tf.Tensor {
    const axes = axesOf(method, this, dim);
    nonEmpty(method, this, axes);
    return find(numbers(this), axes, keepdim);
  };

/** The one extreme of all; places that share it share its gradient, also where they are not a number. */
function extremeOfAll(method: string, x: tf.Tensor, find: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  nonEmpty(method, x, axesOf(method, x, undefined));
  if (x.dtype !== 'float32') return find(numbers(x));
  return withGradient(
    [x],
    () => {
      const value = find(x);
      return { value, saved: [x, value] };
    },
    (dy, saved) => {
      const [x, value] = saved as [tf.Tensor, tf.Tensor];
      const same = tf.logicalOr(tf.equal(x, value), tf.logicalAnd(tf.isNaN(x), tf.isNaN(value)));
      const mask = tf.cast(same, 'float32');
      return [() => tf.mul(mask, tf.div(dy, tf.sum(mask)))];
    },
  );
}

/** Where the extreme stands: the first of several, and what is not a number before all. */
function placeOfExtreme(method: string, x: tf.Tensor, largest: boolean, dim: number | undefined): tf.Tensor {
  const flat = dim === undefined ? tf.reshape(x, [x.size]) : x.rank === 0 ? tf.reshape(x, [1]) : x;
  const at = dim === undefined ? 0 : dimOf(method, x.rank, dim);
  nonEmpty(method, flat, [at]);
  const find = largest ? tf.argMax : tf.argMin;
  if (x.dtype !== 'float32') return find(numbers(flat), at);
  const [first, bound] = largest
    ? [Infinity, tf.minimum(flat, LARGEST)]
    : [-Infinity, tf.maximum(flat, -LARGEST)];
  return find(tf.where(tf.isNaN(flat), tf.scalar(first), bound), at);
}

const place = (method: string, largest: boolean) =>
  function (this: tf.Tensor, dim?: number, keepdim = false): tf.Tensor {
    const found = placeOfExtreme(method, this, largest, dim);
    if (this.rank === 0) return tf.reshape(found, []);
    if (!keepdim) return found;
    const axes = dim === undefined ? axesOf(method, this, undefined) : [dimOf(method, this.rank, dim)];
    return tf.reshape(found, keptShape(this, axes));
  };

/** Values and places of the extreme along a dimension; the gradient goes to that place alone. */
function extremeAlong(
  method: string,
  x: tf.Tensor,
  largest: boolean,
  dim: number,
  keepdim: boolean,
): ValuesAndIndices {
  const indices = place(method, largest).call(x, dim, true);
  return picked(x, dimOf(method, x.rank, dim), indices, keepdim);
}

const max = (largest: boolean) =>
  function (this: tf.Tensor, dim?: Dims | null, keepdim = false): tf.Tensor {
    const [method, find] = largest ? (['max', tf.max] as const) : (['min', tf.min] as const);
    if (dim === undefined || dim === null) {
      const value = extremeOfAll(method, this, find);
      return keepdim ? tf.reshape(value, keptShape(this, axesOf(method, this, undefined))) : value;
    }
    if (typeof dim === 'number' && this.dtype === 'float32')
      return extremeAlong(method, this, largest, dim, keepdim).values;
    return extreme(method, find).call(this, dim, keepdim);
  };

/** Values and places of the extreme along a dimension, as `torch.max(x, dim)`. */
export const extremes = (x: tf.Tensor, largest: boolean, dim: number, keepdim: boolean): ValuesAndIndices =>
  extremeAlong(largest ? 'max' : 'min', x, largest, dim, keepdim);

/** The k-th smallest of each row, or the lower median, and where it stands; NaN is the largest. */
function kth(method: string, x: tf.Tensor, k: number, dim: number, keepdim: boolean): ValuesAndIndices {
  const at = dimOf(method, x.rank, dim);
  const size = x.rank === 0 ? 1 : (x.shape[at] ?? 1);
  if (!(Number.isInteger(k) && k >= 1 && k <= size)) {
    throw new RangeError(`Cannot take ${method}: expected k from 1 to ${size}, got ${k}`);
  }
  if (x.rank === 0) return { values: x, indices: tf.scalar(0, 'int32') };
  const { indices } = ordered(x, k, at, false);
  return picked(x, at, tf.slice(indices, x.shape.map((_, i) => (i === at ? k - 1 : 0)), x.shape.map((n, i) => (i === at ? 1 : n))), keepdim); // prettier-ignore
}

/** The lower median of each row; NaN where the row holds one. */
function medianAlong(x: tf.Tensor, dim: number, keepdim: boolean): ValuesAndIndices {
  const at = dimOf('median', x.rank, dim);
  nonEmpty('median', x, x.rank === 0 ? [] : [at]);
  if (x.rank === 0) return { values: x, indices: tf.scalar(0, 'int32') };
  const middle = kth('median', x, Math.floor(((x.shape[at] ?? 1) + 1) / 2), dim, true).indices;
  if (x.dtype !== 'float32') return picked(x, at, middle, keepdim);
  const unknown = tf.any(tf.isNaN(x), at, true);
  const indices = tf.where(unknown, place('median', true).call(x, dim, true), middle);
  return picked(x, at, indices, keepdim);
}

const middleOf = (x: tf.Tensor): tf.Tensor => medianAlong(tf.reshape(x, [x.size]), 0, false).values;

/** Of `this`: a tensor. */
export const extremaMethods: Loose<ExtremaMethods> = {
  amax: extreme('amax', tf.max),
  amin: extreme('amin', tf.min),
  max: max(true),
  min: max(false),
  argmax: place('argmax', true),
  argmin: place('argmin', false),
  median(dim?: number, keepdim = false) {
    return dim === undefined ? extremeOfAll('median', this, middleOf) : medianAlong(this, dim, keepdim);
  },
  kthvalue(k: number, dim = -1, keepdim = false) {
    return kth('kthvalue', this, k, dim, keepdim);
  },
};
