/**
 * PyTorch's functions of tensors, `torch.exp` and the like, by its names and with its arguments. Where TensorFlow.js's
 * method of the same name differs (`max` along a dimension, `split` into pieces of a size), these are PyTorch's.
 */
import * as tf from '../tfjs';
import { dimOf } from './arrange';
import { axesOf } from './axes';
import { extremes } from './extrema';
import { matmul } from './math';
import type { Dims, Operand, ValuesAndIndices } from './methods';
import { variance } from './reduce';
import type { CloseOptions, DivOptions, VarOptions } from './signatures';

export { einsum } from './einsum';
export { cdist, tensordot } from './matrices';
export { logaddexp } from './elementwise';
export { matmul };

const elementwise =
  (compute: (x: tf.Tensor) => tf.Tensor) =>
  (x: tf.Tensor): tf.Tensor =>
    compute(x);

/** |x| */
export const abs = elementwise(tf.abs);
/** eˣ */
export const exp = elementwise((x) => x.exp());
/** The natural logarithm. */
export const log = elementwise((x) => x.log());
/** log(1 + x), exact for small x. */
export const log1p = elementwise((x) => x.log1p());
/** √x */
export const sqrt = elementwise((x) => x.sqrt());
/** 1 / √x */
export const rsqrt = elementwise((x) => x.rsqrt());
/** x² */
export const square = elementwise(tf.square);
/** The sine of radians. */
export const sin = elementwise((x) => x.sin());
/** The cosine of radians. */
export const cos = elementwise((x) => x.cos());
/** The hyperbolic tangent. */
export const tanh = elementwise((x) => x.tanh());
/** 1 / (1 + e⁻ˣ) */
export const sigmoid = elementwise((x) => x.sigmoid());
/** max(0, x) */
export const relu = elementwise(tf.relu);
/** −1, 0 or 1. */
export const sign = elementwise((x) => x.sign());
/** The next whole number below. */
export const floor = elementwise((x) => x.floor());
/** The next whole number above. */
export const ceil = elementwise((x) => x.ceil());
/** The nearest whole number, halves to even. */
export const round = elementwise((x) => x.round());
/** The error function. */
export const erf = elementwise((x) => x.erf());
/** Whether elements are not a number. */
export const isnan = elementwise((x) => x.isnan());
/** Whether elements are infinite. */
export const isinf = elementwise((x) => x.isinf());
/** Whether elements are finite. */
export const isfinite = elementwise((x) => x.isfinite());

/** x to the power of y, element by element. */
export const pow = (x: tf.Tensor, y: Operand): tf.Tensor => x.pow(y);
/** The larger of two, element by element. */
export const maximum = (a: tf.Tensor, b: Operand): tf.Tensor => a.maximum(b);
/** The smaller of two, element by element. */
export const minimum = (a: tf.Tensor, b: Operand): tf.Tensor => a.minimum(b);
/** Cut to [min, max]. */
export const clamp = (x: tf.Tensor, min: Operand | null, max: Operand | null = null): tf.Tensor =>
  x.clamp(min, max);

/** The product of matrices `[n, m]` and `[m, k]`. */
export const mm = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => a.mm(b);
/** Products of matrices, batch by batch. */
export const bmm = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => a.bmm(b);
/** All products of the elements of two vectors. */
export const outer = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => a.outer(b);

/** The sum along dimensions, all by default. */
export const sum = (x: tf.Tensor, dim?: Dims, keepdim = false): tf.Tensor => x.sum(dim, keepdim);
/** The mean along dimensions, all by default. */
export const mean = (x: tf.Tensor, dim?: Dims, keepdim = false): tf.Tensor => x.mean(dim, keepdim);
/** The product along dimensions, all by default. */
export const prod = (x: tf.Tensor, dim?: Dims, keepdim = false): tf.Tensor => x.prod(dim, keepdim);
/** Sums up to each place. */
export const cumsum = (x: tf.Tensor, dim: number): tf.Tensor => x.cumsum(dim);

/** The largest element; along a dimension its values and where they stand, as `torch.max`. */
export function max(x: tf.Tensor): tf.Tensor;
export function max(x: tf.Tensor, dim: number, keepdim?: boolean): ValuesAndIndices;
export function max(x: tf.Tensor, dim?: number, keepdim = false): tf.Tensor | ValuesAndIndices {
  return dim === undefined ? x.max() : extremes(x, true, dim, keepdim);
}

/** The smallest element; along a dimension its values and where they stand, as `torch.min`. */
export function min(x: tf.Tensor): tf.Tensor;
export function min(x: tf.Tensor, dim: number, keepdim?: boolean): ValuesAndIndices;
export function min(x: tf.Tensor, dim?: number, keepdim = false): tf.Tensor | ValuesAndIndices {
  return dim === undefined ? x.min() : extremes(x, false, dim, keepdim);
}

/** Where the largest element stands, along a dimension or of all. */
export const argmax = (x: tf.Tensor, dim?: number, keepdim = false): tf.Tensor => x.argmax(dim, keepdim);
/** Where the smallest element stands. */
export const argmin = (x: tf.Tensor, dim?: number, keepdim = false): tf.Tensor => x.argmin(dim, keepdim);
/**
 * Pieces of a size each, the last one smaller, or of the sizes given, as `torch.split`.
 * @throws RangeError for sizes that do not come out
 */
export function split(x: tf.Tensor, size: number | readonly number[], dim = 0): tf.Tensor[] {
  const at = dimOf('split', x.rank, dim);
  const all = x.shape[at] ?? 1;
  if (typeof size !== 'number') {
    if (size.reduce((sum, one) => sum + one, 0) === all) return tf.split(x, [...size], at);
    throw new RangeError(
      `Cannot split: expected sizes whose sum is ${all}, the size of dimension ${dim}, got [${size.join(', ')}]`,
    );
  }
  if (!(Number.isInteger(size) && size > 0)) {
    throw new RangeError(`Cannot split: expected a size of at least 1, got ${size}`);
  }
  const sizes = Array.from({ length: Math.ceil(all / size) }, (_, i) => Math.min(size, all - i * size));
  return tf.split(x, sizes, at);
}

/** The largest along dimensions, all by default; equals share its gradient. */
export const amax = (x: tf.Tensor, dim?: Dims, keepdim = false): tf.Tensor => x.amax(dim, keepdim);
/** The smallest along dimensions, all by default. */
export const amin = (x: tf.Tensor, dim?: Dims, keepdim = false): tf.Tensor => x.amin(dim, keepdim);
/** Whether any element along dimensions is other than zero. */
export const any = (x: tf.Tensor, dim?: Dims, keepdim = false): tf.Tensor => x.any(dim, keepdim);
/** Whether all elements along dimensions are other than zero. */
export const all = (x: tf.Tensor, dim?: Dims, keepdim = false): tf.Tensor => x.all(dim, keepdim);
/** log Σ eˣ along dimensions, without overflow. */
export const logsumexp = (x: tf.Tensor, dim: Dims, keepdim = false): tf.Tensor => x.logsumexp(dim, keepdim);
/** The p-norm of a vector, 2 by default. */
export const norm = (x: tf.Tensor, p: number | 'fro' | null = 2, dim?: Dims, keepdim = false): tf.Tensor =>
  x.norm(p, dim, keepdim);
/** The standard deviation along dimensions; `{ correction, keepdim }`. */
export const std = (x: tf.Tensor, dim?: Dims, options: VarOptions = {}): tf.Tensor => x.std(dim, options);
/** The variance and the mean along dimensions. */
export const varMean = (
  x: tf.Tensor,
  dim?: Dims,
  { correction = 1, keepdim = false }: VarOptions = {},
): [tf.Tensor, tf.Tensor] => [
  variance(x, axesOf('varMean', x, dim), correction, keepdim),
  x.mean(dim, keepdim),
];
/** Running products along a dimension. */
export const cumprod = (x: tf.Tensor, dim: number): tf.Tensor => x.cumprod(dim);
/** The quotient, of whole numbers too, or cut off by `{ roundingMode: 'floor' | 'trunc' }`. */
export const div = (a: tf.Tensor, b: Operand, options: DivOptions = {}): tf.Tensor => a.div(b, options);
/** The quotient cut off towards −∞. */
export const floorDivide = (a: tf.Tensor, b: Operand): tf.Tensor => a.floorDivide(b);
/** What is left over, with the sign of the divisor. */
export const remainder = (a: tf.Tensor, b: Operand): tf.Tensor => a.remainder(b);
/** The sum of products of two vectors. */
export const dot = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => a.dot(b);
/** The diagonal of a matrix, or the matrix with a vector on its diagonal. */
export const diag = (x: tf.Tensor, offset = 0): tf.Tensor => x.diag(offset);
/** The lower triangle of matrices, zero elsewhere. */
export const tril = (x: tf.Tensor, diagonal = 0): tf.Tensor => x.tril(diagonal);
/** The upper triangle of matrices, zero elsewhere. */
export const triu = (x: tf.Tensor, diagonal = 0): tf.Tensor => x.triu(diagonal);
/** In order along a dimension: values and where they stood. */
export const sort = (x: tf.Tensor, dim = -1, descending = false): ValuesAndIndices => x.sort(dim, descending);
/** Where the elements in order stand. */
export const argsort = (x: tf.Tensor, dim = -1, descending = false): tf.Tensor => x.argsort(dim, descending);
/** For each place of `index` the element that stands there along `dim`. */
export const gather = (x: tf.Tensor, dim: number, index: tf.Tensor): tf.Tensor => x.gather(dim, index);
/** Elements in reverse order along dimensions. */
export const flip = (x: tf.Tensor, dims: readonly number[]): tf.Tensor => x.flip(...dims);
/** Elements moved on along dimensions. */
export const roll = (x: tf.Tensor, shift: Dims, dim?: Dims): tf.Tensor => x.roll(shift, dim);
/** With numbers for what is not one and for infinities. */
export const nanToNum = (
  x: tf.Tensor,
  nan = 0,
  posinf: number | null = null,
  neginf: number | null = null,
): tf.Tensor => x.nanToNum(nan, posinf, neginf);
/** Whether all elements of two tensors are equal within tolerances. */
export const allclose = (a: tf.Tensor, b: tf.Tensor, options: CloseOptions = {}): boolean =>
  a.allclose(b, options);
/** Where each value would go in a row in order: before equals, behind them with `{ right: true }`. */
export const searchsorted = (sorted: tf.Tensor, values: tf.Tensor, { right = false } = {}): tf.Tensor => {
  const before = right ? tf.lessEqual : tf.less;
  return tf.sum(tf.cast(before(sorted, tf.expandDims(values, -1)), 'int32'), -1);
};
