/** Methods that compute, values and types of a tensor. */
import * as tf from '../tfjs';
import { cast } from './elements';
import type { MathMethods, Methods, ValueMethods } from './methods';

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
    return cast(this, dtype);
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
    return cast(this, dtype);
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
