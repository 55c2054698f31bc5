/** Products of vectors and matrices, diagonals, distances. */
import * as tf from '../tfjs';
import { dimOf } from './arrange';
import { matmul } from './math';
import { norm } from './norms';
import { jointShape } from './operands';
import type { LinearMethods, Loose } from './signatures';

const shapes = (tensors: readonly tf.Tensor[]): string =>
  tensors.map(({ shape }) => `[${shape.join(', ')}]`).join(', ');

/** @throws TypeError unless tensors have these numbers of dimensions */
function checkRanks(
  method: string,
  expected: string,
  ranks: readonly number[],
  tensors: readonly tf.Tensor[],
): void {
  if (tensors.every(({ rank }, i) => rank === ranks[i])) return;
  throw new TypeError(`Cannot ${method}: expected ${expected}, got ${shapes(tensors)}`);
}

/** beta · c + alpha · a b, as `addmm` and `baddbmm`. */
function plusProduct(
  method: string,
  c: tf.Tensor,
  [a, b]: readonly [tf.Tensor, tf.Tensor],
  { beta = 1, alpha = 1 }: { readonly beta?: number; readonly alpha?: number },
): tf.Tensor {
  const product = tf.mul(matmul(a, b), alpha);
  jointShape(method, product, c);
  return beta === 0 ? product : tf.add(tf.mul(c, beta), product); // what is not used may be NaN
}

/**
 * The diagonal of two dimensions, put last.
 * @throws RangeError for one dimension taken twice
 */
export function diagonalOf(x: tf.Tensor, offset: number, dim1: number, dim2: number): tf.Tensor {
  const [one, two] = [dimOf('take the diagonal', x.rank, dim1), dimOf('take the diagonal', x.rank, dim2)];
  if (one === two || x.rank < 2) {
    throw new RangeError(
      `Cannot take the diagonal: expected two different dimensions, got ${dim1} and ${dim2}`,
    );
  }
  const rest = x.shape.map((_, i) => i).filter((i) => i !== one && i !== two);
  const [rows = 0, columns = 0] = [x.shape[one], x.shape[two]];
  const length = Math.max(0, Math.min(rows + Math.min(offset, 0), columns - Math.max(offset, 0)));
  const outer = rest.map((i) => x.shape[i] ?? 1);
  const flat = tf.reshape(tf.transpose(x, [...rest, one, two]), [...outer, rows * columns]);
  const first = offset < 0 ? -offset * columns : offset;
  const places = Array.from({ length }, (_, i) => first + i * (columns + 1));
  return tf.gather(flat, tf.tensor1d(places, 'int32'), rest.length);
}

/** A matrix with a vector on a diagonal. */
function matrixOf(x: tf.Tensor, offset: number): tf.Tensor {
  const size = Math.abs(offset);
  const square = tf.diag(x);
  if (size === 0) return square;
  const [before, after] = offset < 0 ? [[size, 0], [0, size]] : [[0, size], [size, 0]]; // prettier-ignore
  return tf.pad(square, [before, after] as [number, number][]);
}

/**
 * Distances of all rows of one to all rows of the other, `[…, n, d]` and `[…, m, d]` → `[…, n, m]`, as `torch.cdist`.
 * @throws TypeError unless both have rows of one length
 */
export function cdist(a: tf.Tensor, b: tf.Tensor, p = 2): tf.Tensor {
  if (a.rank < 2 || b.rank < 2 || a.shape.at(-1) !== b.shape.at(-1)) {
    throw new TypeError(`Cannot take distances: expected [..., n, d] and [..., m, d], got ${shapes([a, b])}`);
  }
  return norm(tf.sub(tf.expandDims(a, -2), tf.expandDims(b, -3)), p, -1, false);
}

/**
 * The sum of products over the last `dims` dimensions of one and the first of the other, or over those that are listed.
 * @throws TypeError unless their sizes are equal
 */
export function tensordot(
  a: tf.Tensor,
  b: tf.Tensor,
  dims: number | readonly [readonly number[], readonly number[]] = 2,
): tf.Tensor {
  const count = (n: number, from: number): number[] => Array.from({ length: n }, (_, i) => from + i);
  const [left, right] = typeof dims === 'number' ? [count(dims, a.rank - dims), count(dims, 0)] : dims;
  const [inA, inB] = [
    left.map((d) => dimOf('take tensordot', a.rank, d)),
    right.map((d) => dimOf('take tensordot', b.rank, d)),
  ];
  if (inA.length !== inB.length || inA.some((d, i) => a.shape[d] !== b.shape[inB[i] ?? 0])) {
    throw new TypeError(`Cannot take tensordot: expected equal sizes along dimensions ${inA.join(', ')} and ${inB.join(', ')}, got ${shapes([a, b])}`); // prettier-ignore
  }
  const [restA, restB] = [a.shape.map((_, i) => i).filter((i) => !inA.includes(i)), b.shape.map((_, i) => i).filter((i) => !inB.includes(i))]; // prettier-ignore
  const inner = inA.reduce((product, d) => product * (a.shape[d] ?? 1), 1);
  const sizes = (x: tf.Tensor, axes: readonly number[]): number[] => axes.map((i) => x.shape[i] ?? 1);
  const total = (list: readonly number[]): number => list.reduce((product, n) => product * n, 1);
  const [sizesA, sizesB] = [sizes(a, restA), sizes(b, restB)];
  const rows = tf.reshape(tf.transpose(a, [...restA, ...inA]), [total(sizesA), inner]);
  const columns = tf.reshape(tf.transpose(b, [...inB, ...restB]), [inner, total(sizesB)]);
  return tf.reshape(tf.matMul(rows, columns), [...sizesA, ...sizesB]);
}

function cross(a: tf.Tensor, b: tf.Tensor, dim: number): tf.Tensor {
  const shape = jointShape('take the cross product', a, b);
  const at = dimOf('take the cross product', shape.length, dim);
  if (shape[at] !== 3) {
    throw new TypeError(
      `Cannot take the cross product: expected 3 elements along dimension ${dim}, got ${shapes([a, b])}`,
    );
  }
  const turn = (x: tf.Tensor, by: number): tf.Tensor => tf.broadcastTo(x, shape).roll(by, at);
  return tf.sub(tf.mul(turn(a, -1), turn(b, 1)), tf.mul(turn(a, 1), turn(b, -1)));
}

/** Of `this`: a tensor. */
export const linearMethods: Loose<LinearMethods> = {
  dot(other: tf.Tensor) {
    checkRanks('take the dot product', 'two vectors; matmul takes matrices', [1, 1], [this, other]);
    return matmul(this, other);
  },
  mv(vector: tf.Tensor) {
    checkRanks('multiply', 'a matrix and a vector', [2, 1], [this, vector]);
    return matmul(this, vector);
  },
  mm(other: tf.Tensor) {
    checkRanks('multiply', 'two matrices; matmul takes batches of them', [2, 2], [this, other]);
    return matmul(this, other);
  },
  bmm(other: tf.Tensor) {
    checkRanks('multiply', 'two batches of matrices; matmul takes others', [3, 3], [this, other]);
    return matmul(this, other);
  },
  outer(other: tf.Tensor) {
    checkRanks('take the outer product', 'two vectors', [1, 1], [this, other]);
    return tf.mul(tf.expandDims(this, 1), tf.expandDims(other, 0));
  },
  addmm(a: tf.Tensor, b: tf.Tensor, options = {}) {
    checkRanks('add a product', 'two matrices', [2, 2], [a, b]);
    return plusProduct('add a product', this, [a, b], options);
  },
  baddbmm(a: tf.Tensor, b: tf.Tensor, options = {}) {
    checkRanks('add a product', 'two batches of matrices', [3, 3], [a, b]);
    return plusProduct('add a product', this, [a, b], options);
  },
  cross(other: tf.Tensor, dim = -1) {
    return cross(this, other, dim);
  },
  diagonal(offset = 0, dim1 = 0, dim2 = 1) {
    return diagonalOf(this, offset, dim1, dim2);
  },
  diag(offset = 0) {
    if (this.rank === 1) return matrixOf(this, offset);
    checkRanks('take diag', 'a vector or a matrix', [2], [this]);
    return diagonalOf(this, offset, 0, 1);
  },
  trace() {
    checkRanks('take the trace', 'a matrix', [2], [this]);
    return tf.sum(diagonalOf(this, 0, 0, 1));
  },
};
