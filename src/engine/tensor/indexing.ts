/** Methods that pick elements of a tensor. */
import { noGrad } from '../autograd';
import * as tf from '../tfjs';
import { dimOf } from './arrange';
import type { Index, IndexMethods, Methods, ValuesAndIndices } from './methods';
import { jointShape } from './operands';

/** A place counted from the first. @throws RangeError outside of the dimension */
function placeOf(method: string, size: number, index: number): number {
  if (Number.isInteger(index) && index >= -size && index < size) return index < 0 ? index + size : index;
  throw new RangeError(`Cannot ${method}: expected an index from ${-size} to ${size - 1}, got ${index}`);
}

/**
 * `length` places of a dimension from `start` on.
 * @throws RangeError for places that there are not
 */
export function narrowed(x: tf.Tensor, dim: number, start: number, length: number): tf.Tensor {
  const at = dimOf('narrow', x.rank, dim);
  const size = x.shape[at] ?? 1;
  const first = start < 0 ? start + size : start;
  if (!(Number.isInteger(length) && first >= 0 && length >= 0 && first + length <= size)) {
    throw new RangeError(
      `Cannot narrow: expected start and length within the ${size} places of dimension ${dim}, got ${start} and ${length}`,
    );
  }
  const begin = x.shape.map((_, i) => (i === at ? first : 0));
  return tf.slice(
    x,
    begin,
    x.shape.map((all, i) => (i === at ? length : all)),
  );
}

function selected(x: tf.Tensor, dim: number, index: number): tf.Tensor {
  if (x.rank === 0)
    throw new TypeError('Cannot select: expected a tensor of at least one dimension, got a scalar');
  const at = dimOf('select', x.rank, dim);
  return tf.squeeze(narrowed(x, at, placeOf('select', x.shape[at] ?? 1, index), 1), [at]);
}

/** As Python's slices: out of range means the end. */
function sliced(
  x: tf.Tensor,
  at: number,
  [start, stop, step = 1]: readonly [number | null, (number | null)?, number?],
) {
  const size = x.shape[at] ?? 1;
  const clip = (value: number): number => Math.min(Math.max(value < 0 ? value + size : value, 0), size);
  const [from, to] = [clip(start ?? 0), clip(stop ?? size)];
  if (!(Number.isInteger(step) && step >= 1)) {
    throw new RangeError(`Cannot index: expected a step of at least 1, got ${step}; flip() reverses`);
  }
  const length = Math.max(to - from, 0);
  const part = narrowed(x, at, from, length);
  if (step === 1 || length === 0) return part;
  return tf.gather(part, tf.range(0, length, step, 'int32'), at);
}

/** The places where a mask holds, row-major; reads the mask. */
export function placesIn(mask: tf.Tensor): tf.Tensor1D {
  const values = mask.dataSync();
  return tf.tensor1d(
    [...values.keys()].filter((i) => values[i] !== 0),
    'int32',
  );
}

function byMask(x: tf.Tensor, at: number, mask: tf.Tensor): tf.Tensor {
  const covered = x.shape.slice(at, at + mask.rank);
  if (!tf.util.arraysEqual(covered, mask.shape)) {
    throw new TypeError(
      `Cannot index: expected a mask of shape [${covered.join(', ')}], got [${mask.shape.join(', ')}]`,
    );
  }
  const flat = tf.reshape(x, [...x.shape.slice(0, at), mask.size, ...x.shape.slice(at + mask.rank)]);
  return tf.gather(flat, placesIn(mask), at);
}

/** Places counted from the first. @throws TypeError for places that are no whole numbers */
export function fromStart(index: tf.Tensor, size: number): tf.Tensor {
  wholePlaces('index', index);
  return tf.where(tf.less(index, 0), tf.add(index, tf.scalar(size, 'int32')), index);
}

function byPlaces(x: tf.Tensor, at: number, index: tf.Tensor): tf.Tensor {
  return tf.gather(x, fromStart(index, x.shape[at] ?? 1), at);
}

function indexed(x: tf.Tensor, indices: readonly Index[]): tf.Tensor {
  const lists = indices.filter((index) => index instanceof tf.Tensor && index.dtype !== 'bool');
  if (lists.length > 1) return byLists(x, indices);
  let result = x;
  let at = 0;
  for (const index of indices) {
    if (at >= result.rank) {
      throw new RangeError(`Cannot index: expected at most ${x.rank} indices, got ${indices.length}`);
    }
    if (typeof index === 'number') result = selected(result, at, index);
    else {
      if (index instanceof tf.Tensor) {
        result = index.dtype === 'bool' ? byMask(result, at, index) : byPlaces(result, at, index);
        at += index.dtype === 'bool' ? 0 : index.rank - 1;
      } else if (index !== null) result = sliced(result, at, index);
      at += 1;
    }
  }
  return result;
}

/** Several lists of places for the first dimensions: one element for each of their positions. */
function byLists(x: tf.Tensor, indices: readonly Index[]): tf.Tensor {
  const lists = indices.filter(
    (index): index is tf.Tensor => index instanceof tf.Tensor && index.dtype !== 'bool',
  );
  if (lists.length !== indices.length) {
    throw new TypeError(
      'Cannot index: expected lists of places for all of the first dimensions, got other indices too',
    );
  }
  const places = lists.map((list, i) => fromStart(list, x.shape[i] ?? 1));
  const shape = jointShape('index', ...places);
  const rows = noGrad(() => tf.stack(places.map((list) => tf.broadcastTo(list, shape)), -1)); // prettier-ignore
  return tf.gatherND(x, rows);
}

/**
 * PyTorch's gather: `index` has the result's shape.
 * @throws TypeError for an index of other sizes
 */
export function gathered(x: tf.Tensor, dim: number, index: tf.Tensor): tf.Tensor {
  const at = dimOf('gather', x.rank, dim);
  const fits = index.shape.every((size, i) => i === at || size <= (x.shape[i] ?? 0));
  if (index.rank !== x.rank || !fits) {
    throw new TypeError(
      `Cannot gather: expected an index of ${x.rank} dimensions within [${x.shape.join(', ')}] but for dimension ${dim}, ` +
        `got [${index.shape.join(', ')}]`,
    );
  }
  wholePlaces('gather', index);
  const places = index;
  const part = tf.slice(
    x,
    x.shape.map(() => 0),
    x.shape.map((size, i) => (i === at ? size : (index.shape[i] ?? size))),
  );
  if (x.rank <= 1) return x.rank === 0 ? tf.reshape(x, []) : tf.gather(part, places);
  // Rows one by one, so that a place is looked for in its own row alone.
  const order = swapped(x.rank, at);
  const turned = tf.transpose(places, order);
  const k = turned.shape.at(-1) ?? 1;
  const batch = k === 0 ? 0 : turned.size / k;
  if (turned.size === 0) return tf.zeros(index.shape, x.dtype);
  const rows = tf.reshape(tf.transpose(part, order), [batch, x.shape[at] ?? 1]);
  const found = tf.gather(rows, tf.reshape(turned, [batch, k]), 1, 1);
  return tf.transpose(tf.reshape(found, turned.shape), order);
}

/** What stands at the places `indices`, which keep the dimension at size 1. */
export function picked(x: tf.Tensor, at: number, indices: tf.Tensor, keepdim: boolean): ValuesAndIndices {
  if (x.rank === 0) return { values: tf.reshape(x, []), indices: tf.reshape(indices, []) };
  const values = gathered(x, at, indices);
  return keepdim
    ? { values, indices }
    : { values: tf.squeeze(values, [at]), indices: tf.squeeze(indices, [at]) };
}

const [LARGEST, NEXT] = [3.4028234663852886e38, 3.4028232635611926e38];

/**
 * What TensorFlow puts in order from the largest on as PyTorch orders `x`: NaN beyond infinity, equals as they came. All are
 * finite, since the plain-JavaScript backend subtracts them.
 */
function sortKey(x: tf.Tensor, largest: boolean): tf.Tensor {
  if (x.dtype !== 'float32') {
    const numbers = tf.cast(x, 'int32');
    return largest ? numbers : tf.sub(tf.scalar(-1, 'int32'), numbers); // −x would overflow for the smallest
  }
  const key = tf.where(tf.isNaN(x), tf.scalar(LARGEST), tf.maximum(tf.minimum(x, NEXT), -NEXT));
  return largest ? key : tf.neg(key);
}

/** @throws TypeError for places that are no whole numbers */
function wholePlaces(method: string, { dtype }: tf.Tensor): void {
  if (dtype === 'int32') return;
  throw new TypeError(`Cannot ${method}: expected an int32 tensor of places, got ${dtype}`);
}

/**
 * Values and places in order along a dimension; gradients go through the values.
 * @throws RangeError for more places than there are
 */
export function ordered(x: tf.Tensor, k: number, dim: number, largest: boolean): ValuesAndIndices {
  const at = dimOf('sort', x.rank, dim);
  const size = x.rank === 0 ? 1 : (x.shape[at] ?? 1);
  if (!(Number.isInteger(k) && k >= 0 && k <= size)) {
    throw new RangeError(`Cannot take topk: expected k from 0 to ${size}, got ${k}`);
  }
  if (x.rank === 0) return { values: x, indices: tf.scalar(0, 'int32') };
  const indices = noGrad(() =>
    tf.tidy(() => {
      const key = sortKey(tf.transpose(x, swapped(x.rank, at)), largest);
      if (x.size === 0) return tf.zeros(x.shape.map((size, i) => (i === at ? k : size)), 'int32'); // prettier-ignore
      return tf.transpose(tf.topk(key, k).indices, swapped(x.rank, at));
    }),
  );
  return { values: gathered(x, at, indices), indices };
}

/** The order of dimensions with `at` and the last one in each other's place. */
function swapped(rank: number, at: number): number[] {
  const order = Array.from({ length: rank }, (_, i) => i);
  [order[at], order[rank - 1]] = [rank - 1, at];
  return order;
}

function triangle(x: tf.Tensor, keeps: (row: number, column: number) => boolean): tf.Tensor {
  const [rows = 1, columns = 1] = x.shape.slice(-2);
  const mask = Uint8Array.from({ length: rows * columns }, (_, i) =>
    Number(keeps(Math.floor(i / columns), i % columns)),
  );
  return tf.where(tf.tensor2d(mask, [rows, columns], 'bool'), x, tf.zeros([], x.dtype));
}

/** Of `this`: a tensor. */
export const indexMethods: Methods<IndexMethods> = {
  select(dim, index) {
    return selected(this, dim, index);
  },
  narrow(dim, start, length) {
    return narrowed(this, dim, start, length);
  },
  index(...indices) {
    return indexed(this, indices);
  },
  indexSelect(dim, index) {
    return byPlaces(this, dimOf('indexSelect', this.rank, dim), index);
  },
  maskedSelect(mask) {
    const shape = jointShape('maskedSelect', this, mask);
    return byMask(tf.broadcastTo(this, shape), 0, tf.broadcastTo(mask, shape));
  },
  maskedFill(mask, value) {
    jointShape('maskedFill', this, mask);
    return tf.where(tf.cast(mask, 'bool'), tf.scalar(value, this.dtype as 'float32'), this);
  },
  chunk(chunks, dim = 0) {
    const at = dimOf('chunk', this.rank, dim);
    if (!(Number.isInteger(chunks) && chunks > 0)) {
      throw new RangeError(`Cannot chunk: expected at least 1 piece, got ${chunks}`);
    }
    const size = this.shape[at] ?? 1;
    const each = Math.ceil(size / chunks);
    const sizes = Array.from({ length: Math.ceil(size / each) }, (_, i) => Math.min(each, size - i * each));
    return tf.split(this, sizes, at);
  },
  unbind(dim = 0) {
    return tf.unstack(this, dimOf('unbind', this.rank, dim));
  },
  sort(dim = -1, descending = false) {
    const at = dimOf('sort', this.rank, dim);
    return ordered(this, this.shape[at] ?? 1, at, descending);
  },
  argsort(dim = -1, descending = false) {
    return indexMethods.sort.call(this, dim, descending).indices;
  },
  triu(diagonal = 0) {
    return triangle(this, (row, column) => column - row >= diagonal);
  },
  tril(diagonal = 0) {
    return triangle(this, (row, column) => column - row <= diagonal);
  },
};
