/** Methods that compute, values and types of a tensor. */
import * as tf from '../tfjs';
import type { Dims, MathMethods, Methods, Operand, ValueMethods } from './methods';

const asTensor = (x: Operand, dtype: tf.DataType): tf.Tensor =>
  typeof x === 'number' ? tf.scalar(x, Number.isInteger(x) ? dtype : 'float32') : x;

/** A comparison with what may be a number; numbers are taken in the tensor's own type where that is exact. */
const compared = (compare: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor) =>
  function (this: tf.Tensor, other: Operand): tf.Tensor {
    return compare(this, asTensor(other, this.dtype === 'bool' ? 'int32' : this.dtype));
  };

function extreme(x: tf.Tensor, find: typeof tf.argMax, dim: number | undefined, keepdim: boolean): tf.Tensor {
  const numbers = x.dtype === 'bool' ? tf.cast(x, 'int32') : x;
  if (dim === undefined) return find(tf.reshape(numbers, [x.size]), 0);
  const found = find(numbers, dim);
  return keepdim ? tf.expandDims(found, dim < 0 ? dim + x.rank : dim) : found;
}

const axesOf = (dims: Dims | undefined): number[] | undefined => {
  if (dims === undefined) return undefined;
  return typeof dims === 'number' ? [dims] : [...dims];
};

function variance(
  x: tf.Tensor,
  dims: Dims | undefined,
  { correction = 1, keepdim = false }: { readonly correction?: number; readonly keepdim?: boolean } = {},
): tf.Tensor {
  const axes = axesOf(dims);
  const mean = tf.mean(x, axes, true);
  const count = x.size / Math.max(mean.size, 1);
  const squares = tf.sum(tf.square(tf.sub(x, mean)), axes, keepdim);
  return tf.div(squares, Math.max(count - correction, 0)); // PyTorch gives NaN or infinity too
}

function clamped(x: tf.Tensor, min: number | null, max: number | null): tf.Tensor {
  if (min === null && max === null) throw new TypeError('Cannot clamp: expected min or max, got neither');
  const low = min === null ? x : tf.maximum(x, tf.scalar(min, x.dtype as 'float32'));
  return max === null ? low : tf.minimum(low, tf.scalar(max, x.dtype as 'float32'));
}

/**
 * The sum of products, as `torch.matmul`: vectors and batches of matrices too.
 * @throws TypeError for sizes that do not fit, and for scalars
 */
export function matmul(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  if (a.rank === 0 || b.rank === 0) {
    throw new TypeError(
      'Cannot multiply matrices: expected at least 1 dimension each, got a scalar; use mul',
    );
  }
  const [inner, outer] = [a.shape.at(-1), b.shape.at(b.rank === 1 ? -1 : -2)];
  if (inner !== outer) {
    const shapes = `[${a.shape.join(', ')}] and [${b.shape.join(', ')}]`;
    throw new TypeError(
      `Cannot multiply matrices: expected the last size of the first to equal the ${b.rank === 1 ? 'last' : 'second last'} of the second, got ${shapes}`,
    );
  }
  const left = a.rank === 1 ? tf.expandDims(a, 0) : a;
  const right = b.rank === 1 ? tf.expandDims(b, 1) : b;
  const product = tf.matMul(left, right);
  const gone = [...(a.rank === 1 ? [product.rank - 2] : []), ...(b.rank === 1 ? [product.rank - 1] : [])];
  return gone.length > 0 ? tf.squeeze(product, gone) : product;
}

/** Of `this`: a tensor. */
export const mathMethods: Methods<MathMethods> = {
  matmul(other) {
    return matmul(this, other);
  },
  mm(other) {
    return matmul(this, other);
  },
  bmm(other) {
    return matmul(this, other);
  },
  eq: compared(tf.equal),
  ne: compared(tf.notEqual),
  lt: compared(tf.less),
  le: compared(tf.lessEqual),
  gt: compared(tf.greater),
  ge: compared(tf.greaterEqual),
  argmax(dim, keepdim = false) {
    return extreme(this, tf.argMax, dim, keepdim);
  },
  argmin(dim, keepdim = false) {
    return extreme(this, tf.argMin, dim, keepdim);
  },
  amax(dim, keepdim = false) {
    return tf.max(this, axesOf(dim), keepdim);
  },
  amin(dim, keepdim = false) {
    return tf.min(this, axesOf(dim), keepdim);
  },
  var(dim, options) {
    return variance(this, dim, options);
  },
  std(dim, options) {
    return tf.sqrt(variance(this, dim, options));
  },
  clamp(min = null, max = null) {
    return clamped(this, min, max);
  },
  allclose(other, { rtol = 1e-5, atol = 1e-8, equalNan = false } = {}) {
    const [a, b] = [this.dataSync(), tf.broadcastTo(other, this.shape).dataSync()];
    return a.every((value, i) => {
      const against = b[i] ?? NaN;
      if (Object.is(value, against) || value === against) return equalNan || !Number.isNaN(value);
      return Math.abs(value - against) <= atol + rtol * Math.abs(against);
    });
  },
  equals(other) {
    if (this.dtype !== other.dtype || !tf.util.arraysEqual(this.shape, other.shape)) return false;
    const b = other.dataSync();
    return this.dataSync().every((value, i) => value === b[i]);
  },
  type(dtype) {
    return tf.cast(this, dtype);
  },
};

/** Of `this`: a tensor. */
export const valueMethods: Methods<ValueMethods> = {
  item() {
    if (this.size === 1) return this.dataSync()[0] as number;
    throw new TypeError(
      `Cannot take item(): expected a tensor of one element, got [${this.shape.join(', ')}]; tolist() gives all`,
    );
  },
  tolist() {
    const nested = this.arraySync();
    return this.dtype === 'bool' ? truths(nested) : nested; // as deep as the caller says
  },
  numel() {
    return this.size;
  },
  dim() {
    return this.rank;
  },
  to(dtype) {
    return tf.cast(this, dtype);
  },
  float() {
    return tf.cast(this, 'float32');
  },
  int() {
    return tf.cast(this, 'int32');
  },
  long() {
    return tf.cast(this, 'int32');
  },
  bool() {
    return tf.cast(this, 'bool');
  },
};

const truths = (nested: unknown): boolean | unknown[] =>
  Array.isArray(nested) ? nested.map(truths) : nested === 1;
