/**
 * PyTorch's functions of tensors, `torch.exp` and the like, by its names and with its arguments. Where TensorFlow.js's
 * method of the same name differs (`max` along a dimension, `split` into pieces of a size), these are PyTorch's.
 */
import * as tf from '../tfjs';
import { dimOf } from './arrange';
import { matmul } from './math';
import type { Dims, Operand, ValuesAndIndices } from './methods';

export { matmul };

const elementwise =
  (compute: (x: tf.Tensor) => tf.Tensor) =>
  (x: tf.Tensor): tf.Tensor =>
    compute(x);

/** |x| */
export const abs = elementwise(tf.abs);
/** eˣ */
export const exp = elementwise(tf.exp);
/** The natural logarithm. */
export const log = elementwise(tf.log);
/** log(1 + x), exact for small x. */
export const log1p = elementwise(tf.log1p);
/** √x */
export const sqrt = elementwise(tf.sqrt);
/** 1 / √x */
export const rsqrt = elementwise(tf.rsqrt);
/** x² */
export const square = elementwise(tf.square);
/** The sine of radians. */
export const sin = elementwise(tf.sin);
/** The cosine of radians. */
export const cos = elementwise(tf.cos);
/** The hyperbolic tangent. */
export const tanh = elementwise(tf.tanh);
/** 1 / (1 + e⁻ˣ) */
export const sigmoid = elementwise(tf.sigmoid);
/** max(0, x) */
export const relu = elementwise(tf.relu);
/** −1, 0 or 1. */
export const sign = elementwise(tf.sign);
/** The next whole number below. */
export const floor = elementwise(tf.floor);
/** The next whole number above. */
export const ceil = elementwise(tf.ceil);
/** The nearest whole number, halves to even. */
export const round = elementwise(tf.round);
/** The error function. */
export const erf = elementwise(tf.erf);
/** Whether elements are not a number. */
export const isnan = elementwise(tf.isNaN);
/** Whether elements are infinite. */
export const isinf = elementwise(tf.isInf);
/** Whether elements are finite. */
export const isfinite = elementwise(tf.isFinite);

/** x to the power of y, element by element. */
export const pow = (x: tf.Tensor, y: Operand): tf.Tensor => tf.pow(x, y);
/** The larger of two, element by element. */
export const maximum = (a: tf.Tensor, b: Operand): tf.Tensor => tf.maximum(a, b);
/** The smaller of two, element by element. */
export const minimum = (a: tf.Tensor, b: Operand): tf.Tensor => tf.minimum(a, b);
/** Cut to [min, max]. */
export const clamp = (x: tf.Tensor, min: number | null, max: number | null = null): tf.Tensor =>
  x.clamp(min, max);

/** The product of matrices `[n, m]` and `[m, k]`. */
export const mm = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => matmul(a, b);
/** Products of matrices, batch by batch. */
export const bmm = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => matmul(a, b);
/** Sums of products by Einstein's notation: `einsum('ij,jk->ik', a, b)`. */
export const einsum = (equation: string, ...tensors: tf.Tensor[]): tf.Tensor =>
  tf.einsum(equation, ...tensors);
/** All products of the elements of two vectors. */
export const outer = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
  tf.mul(tf.expandDims(a, 1), tf.expandDims(b, 0));

const axes = (dim: Dims | undefined): number | number[] | undefined =>
  typeof dim === 'object' ? [...dim] : dim;

/** The sum along dimensions, all by default. */
export const sum = (x: tf.Tensor, dim?: Dims, keepdim = false): tf.Tensor => tf.sum(x, axes(dim), keepdim);
/** The mean along dimensions, all by default. */
export const mean = (x: tf.Tensor, dim?: Dims, keepdim = false): tf.Tensor => tf.mean(x, axes(dim), keepdim);
/** The product along dimensions, all by default. */
export const prod = (x: tf.Tensor, dim?: Dims, keepdim = false): tf.Tensor => tf.prod(x, axes(dim), keepdim);
/** Sums up to each place. */
export const cumsum = (x: tf.Tensor, dim: number): tf.Tensor => tf.cumsum(x, dimOf('cumsum', x.rank, dim));

/** The largest element; along a dimension its values and where they stand, as `torch.max`. */
export function max(x: tf.Tensor): tf.Tensor;
export function max(x: tf.Tensor, dim: number, keepdim?: boolean): ValuesAndIndices;
export function max(x: tf.Tensor, dim?: number, keepdim = false): tf.Tensor | ValuesAndIndices {
  if (dim === undefined) return tf.max(x);
  return { values: x.amax(dim, keepdim), indices: x.argmax(dim, keepdim) };
}

/** The smallest element; along a dimension its values and where they stand, as `torch.min`. */
export function min(x: tf.Tensor): tf.Tensor;
export function min(x: tf.Tensor, dim: number, keepdim?: boolean): ValuesAndIndices;
export function min(x: tf.Tensor, dim?: number, keepdim = false): tf.Tensor | ValuesAndIndices {
  if (dim === undefined) return tf.min(x);
  return { values: x.amin(dim, keepdim), indices: x.argmin(dim, keepdim) };
}

/** Where the largest element stands, along a dimension or of all. */
export const argmax = (x: tf.Tensor, dim?: number, keepdim = false): tf.Tensor => x.argmax(dim, keepdim);
/** Where the smallest element stands. */
export const argmin = (x: tf.Tensor, dim?: number, keepdim = false): tf.Tensor => x.argmin(dim, keepdim);
/** Pieces of a size each, the last one smaller, or of the sizes given, as `torch.split`. */
export function split(x: tf.Tensor, size: number | readonly number[], dim = 0): tf.Tensor[] {
  const at = dimOf('split', x.rank, dim);
  const all = x.shape[at] ?? 1;
  if (typeof size !== 'number') return tf.split(x, [...size], at);
  const sizes = Array.from({ length: Math.ceil(all / size) }, (_, i) => Math.min(size, all - i * size));
  return tf.split(x, sizes, at);
}
