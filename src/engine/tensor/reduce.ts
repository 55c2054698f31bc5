/** Methods that make one number of many, along dimensions or of all. */
import { withGradient } from '../autograd';
import * as tf from '../tfjs';
import { axesOf, keptShape } from './axes';
import type { Dims } from './methods';
import { norm } from './norms';
import { asFloat } from './operands';
import type { Loose, ReduceMethods, VarOptions } from './signatures';

type Reduce = (x: tf.Tensor, axes: number[], keepdim: boolean) => tf.Tensor;

const numbers = (x: tf.Tensor): tf.Tensor => (x.dtype === 'bool' ? tf.cast(x, 'int32') : x);

/** A reduction along dimensions as a method. */
const reduction = (method: string, reduce: Reduce, prepare: (x: tf.Tensor) => tf.Tensor = numbers) =>
  function (this: tf.Tensor, dim?: Dims, keepdim = false): tf.Tensor {
    return reduce(prepare(this), axesOf(method, this, dim), keepdim);
  };

/** Σ (x − mean)² over n − correction. */
export function variance(x: tf.Tensor, axes: number[], correction: number, keepdim: boolean): tf.Tensor {
  const count = axes.reduce((product, axis) => product * (x.shape[axis] ?? 1), 1);
  const divisor = Math.max(count - correction, 0); // PyTorch gives NaN or infinity too
  const centred = (x: tf.Tensor): tf.Tensor => tf.sub(x, tf.mean(x, axes, true));
  return withGradient(
    [x],
    () => ({ value: tf.div(tf.sum(tf.square(centred(x)), axes, keepdim), divisor), saved: [x] }),
    (dy, saved) => {
      const [x] = saved as [tf.Tensor];
      const scaled = (): tf.Tensor => tf.mul(tf.reshape(dy, keptShape(x, axes)), 2 / divisor);
      return [() => tf.mul(scaled(), centred(x))];
    },
  );
}

/** √x, whose gradient at 0 is 0, as PyTorch's of a standard deviation and of a norm. */
function root(x: tf.Tensor): tf.Tensor {
  return withGradient(
    [x],
    () => {
      const value = tf.sqrt(x);
      return { value, saved: [value] };
    },
    (dy, saved) => {
      const [y] = saved as [tf.Tensor];
      return [() => tf.where(tf.equal(y, 0), tf.zeros([]), tf.div(dy, tf.mul(y, 2)))];
    },
  );
}

/** The logarithm of a sum of powers of e; as there, a row of −∞ has no gradient that is a number. */
function logSumExp(x: tf.Tensor, axes: number[], keepdim: boolean): tf.Tensor {
  const shape = keptShape(x, axes);
  return withGradient(
    [x],
    () => {
      const largest = x.size === 0 ? tf.zeros(shape) : tf.max(x, axes, true);
      const shift = tf.where(tf.isInf(largest), tf.zeros([]), largest);
      const kept = tf.add(tf.log(tf.sum(tf.exp(tf.sub(x, shift)), axes, true)), shift);
      const value = keepdim || axes.length === 0 ? kept : tf.squeeze(kept, axes);
      return { value, saved: [x, value] };
    },
    (dy, saved) => {
      const [x, value] = saved as [tf.Tensor, tf.Tensor];
      return [() => tf.mul(tf.reshape(dy, shape), tf.exp(tf.sub(x, tf.reshape(value, shape))))];
    },
  );
}

const bools = (x: tf.Tensor): tf.Tensor => tf.cast(x, 'bool');
const withoutNaN = (x: tf.Tensor): tf.Tensor =>
  x.dtype === 'float32' ? tf.where(tf.isNaN(x), tf.zeros([]), x) : numbers(x);

/** Of `this`: a tensor. */
export const reduceMethods: Loose<ReduceMethods> = {
  sum: reduction('sum', (x, axes, keepdim) => tf.sum(x, axes, keepdim)),
  mean: reduction('mean', (x, axes, keepdim) => tf.mean(x, axes, keepdim), asFloat),
  prod: reduction('prod', (x, axes, keepdim) => (axes.length > 0 ? tf.prod(x, axes, keepdim) : x)),
  any: reduction('any', (x, axes, keepdim) => tf.any(x, axes, keepdim), bools),
  all: reduction('all', (x, axes, keepdim) => tf.all(x, axes, keepdim), bools),
  nansum: reduction('nansum', (x, axes, keepdim) => tf.sum(x, axes, keepdim), withoutNaN),
  logsumexp: reduction('logsumexp', logSumExp, asFloat),
  nanmean(dim?: Dims, keepdim = false) {
    const axes = axesOf('nanmean', this, dim);
    const count = tf.sum(tf.cast(tf.logicalNot(tf.isNaN(this)), 'float32'), axes, keepdim);
    return tf.div(tf.sum(withoutNaN(this), axes, keepdim), count);
  },
  countNonzero(dim?: Dims) {
    return tf.sum(tf.cast(bools(this), 'int32'), axesOf('countNonzero', this, dim));
  },
  norm(p: number | string | null = 2, dim?: Dims, keepdim = false) {
    return norm(asFloat(this), p, dim, keepdim);
  },
  var(dim?: Dims, { correction = 1, keepdim = false }: VarOptions = {}) {
    return variance(asFloat(this), axesOf('var', this, dim), correction, keepdim);
  },
  std(dim?: Dims, { correction = 1, keepdim = false }: VarOptions = {}) {
    return root(variance(asFloat(this), axesOf('std', this, dim), correction, keepdim));
  },
};
