/** Methods that arrange the elements of a tensor anew. */
import * as tf from '../tfjs';
import type { Dims, Methods, ShapeMethods } from './methods';

/** The numbers of `f(2, 3)` or `f([2, 3])`. */
export const listOf = (given: readonly (number | readonly number[])[]): number[] =>
  given.flatMap((one) => one);

/** A dimension counted from the first. @throws RangeError where the tensor has no such dimension */
export function dimOf(method: string, rank: number, dim: number): number {
  const range = Math.max(rank, 1);
  if (Number.isInteger(dim) && dim >= -range && dim < range) return dim < 0 ? dim + range : dim;
  throw new RangeError(`Cannot ${method}: expected a dimension from ${-range} to ${range - 1}, got ${dim}`);
}

/**
 * Sizes with the one that is -1 worked out.
 * @throws RangeError where the number of elements does not come out
 */
export function sizesFor(method: string, tensor: tf.Tensor, given: readonly number[]): number[] {
  const known = given.filter((size) => size !== -1).reduce((product, size) => product * size, 1);
  const unknown = given.length - given.filter((size) => size !== -1).length;
  const rest = tensor.size / known;
  const fits = unknown === 0 ? known === tensor.size : unknown === 1 && Number.isInteger(rest);
  if (!fits || given.some((size) => !Number.isInteger(size) || size < -1)) {
    throw new RangeError(
      `Cannot ${method}: expected sizes of ${tensor.size} elements, as [${tensor.shape.join(', ')}] has, ` +
        `got [${given.join(', ')}]`,
    );
  }
  return given.map((size) => (size === -1 ? rest : size));
}

/** The sizes after repeating dimensions of size 1, -1 standing for what is there. */
function expandedSizes(tensor: tf.Tensor, sizes: readonly number[]): number[] {
  const added = sizes.length - tensor.rank;
  const fit = sizes.every((size, i) => {
    const own = i < added ? undefined : tensor.shape[i - added];
    return own === undefined ? size >= 0 : size === -1 || own === 1 || own === size;
  });
  if (added >= 0 && fit) return sizes.map((size, i) => (size === -1 ? (tensor.shape[i - added] ?? 1) : size));
  throw new RangeError(
    `Cannot expand: expected sizes that repeat dimensions of size 1 of [${tensor.shape.join(', ')}], ` +
      `got [${sizes.join(', ')}]`,
  );
}

function permuted(x: tf.Tensor, given: readonly number[]): tf.Tensor {
  const dims = given.map((dim) => dimOf('permute', x.rank, dim));
  if (dims.length !== x.rank || new Set(dims).size !== x.rank) {
    throw new RangeError(
      `Cannot permute: expected each of the ${x.rank} dimensions once, got [${given.join(', ')}]`,
    );
  }
  return tf.transpose(x, dims);
}

/**
 * With the dimensions from `start` to `end` joined.
 * @throws RangeError for a dimension that there is not, and a start behind the end
 */
export function flattened(x: tf.Tensor, start: number, end: number): tf.Tensor {
  const [first, last] = [dimOf('flatten', x.rank, start), dimOf('flatten', x.rank, end)];
  if (first > last) throw new RangeError(`Cannot flatten: expected start up to end, got ${start} and ${end}`);
  const joined = x.shape.slice(first, last + 1).reduce((product, size) => product * size, 1);
  return tf.reshape(x, [...x.shape.slice(0, first), joined, ...x.shape.slice(last + 1)]);
}

/** Elements moved on along dimensions, each in turn. */
function rolled(x: tf.Tensor, shift: Dims, dims: Dims | undefined): tf.Tensor {
  const shifts = listOf([shift]);
  if (dims === undefined) {
    return tf.reshape(rolled(tf.reshape(x, [x.size]), listOf([shift]).slice(0, 1), [0]), x.shape);
  }
  const axes = listOf([dims]).map((dim) => dimOf('roll', x.rank, dim));
  if (shifts.length !== axes.length || x.rank === 0) {
    throw new RangeError(
      `Cannot roll: expected a shift for each of ${axes.length} dimensions of a tensor that has some, got ${shifts.length} for [${x.shape.join(', ')}]`,
    );
  }
  return axes.reduce((result, at, i) => {
    const size = result.shape[at] ?? 1;
    const cut = ((-(shifts[i] ?? 0) % size) + size) % size || 0;
    if (cut === 0) return result;
    const [head, tail] = tf.split(result, [cut, size - cut], at) as [tf.Tensor, tf.Tensor];
    return tf.concat([tail, head], at);
  }, x);
}

/** Of `this`: a tensor. */
export const shapeMethods: Methods<ShapeMethods> = {
  view(...sizes) {
    return tf.reshape(this, sizesFor('view', this, listOf(sizes)));
  },
  viewAs(other) {
    return tf.reshape(this, sizesFor('view', this, other.shape));
  },
  unflatten(dim, sizes) {
    const at = dimOf('unflatten', this.rank, dim);
    const [before, after] = [this.shape.slice(0, at), this.shape.slice(at + 1)];
    return tf.reshape(this, sizesFor('unflatten', this, [...before, ...sizes, ...after]));
  },
  permute(...dims) {
    return permuted(this, listOf(dims));
  },
  t() {
    if (this.rank > 2) {
      throw new TypeError(
        `Cannot take t(): expected at most 2 dimensions, got ${this.rank}; use transpose(dim0, dim1)`,
      );
    }
    return tf.transpose(this);
  },
  unsqueeze(dim) {
    return tf.expandDims(this, dimOf('unsqueeze', this.rank + 1, dim));
  },
  expand(...sizes) {
    return tf.broadcastTo(this, expandedSizes(this, listOf(sizes)));
  },
  expandAs(other) {
    return tf.broadcastTo(this, expandedSizes(this, other.shape));
  },
  repeat(...given) {
    const times = listOf(given);
    if (times.length < this.rank) {
      throw new RangeError(
        `Cannot repeat: expected a number for each of ${this.rank} dimensions, got ${times.length}`,
      );
    }
    const added = times.length - this.rank;
    return tf.tile(tf.reshape(this, [...Array<number>(added).fill(1), ...this.shape]), times);
  },
  flip(...dims) {
    const axes = listOf(dims).map((dim) => dimOf('flip', this.rank, dim));
    return this.rank === 0 ? this : tf.reverse(this, axes);
  },
  roll(shift, dim) {
    return rolled(this, shift, dim);
  },
  movedim(source, destination) {
    const [from, to] = [dimOf('movedim', this.rank, source), dimOf('movedim', this.rank, destination)];
    const order = this.shape.map((_, i) => i).filter((i) => i !== from);
    order.splice(to, 0, from);
    return this.rank === 0 ? this : tf.transpose(this, order);
  },
  repeatInterleave(times, dim) {
    if (!(Number.isInteger(times) && times >= 0)) {
      throw new RangeError(`Cannot repeatInterleave: expected a number of times of at least 0, got ${times}`);
    }
    const x = dim === undefined || this.rank === 0 ? tf.reshape(this, [this.size]) : this;
    const at = dimOf('repeatInterleave', x.rank, dim ?? 0);
    const shape = x.shape.map((size, i) => (i === at ? size * times : size));
    const repeated = tf.tile(
      tf.expandDims(x, at + 1),
      Array.from({ length: x.rank + 1 }, (_, i) => (i === at + 1 ? times : 1)),
    );
    return tf.reshape(repeated, shape);
  },
  diff(n = 1, dim = -1) {
    const at = dimOf('diff', this.rank, dim);
    if (this.rank === 0) throw new TypeError('Cannot diff: expected at least 1 dimension, got a scalar');
    let x: tf.Tensor = this; // eslint-disable-line @typescript-eslint/no-this-alias -- the first of several in turn
    for (let i = 0; i < n && x.shape[at] !== 0; i++) {
      const rest = (x.shape[at] ?? 1) - 1;
      x = tf.sub(x.narrow(at, 1, rest), x.narrow(at, 0, rest));
    }
    return x;
  },
  contiguous() {
    return this;
  },
};
