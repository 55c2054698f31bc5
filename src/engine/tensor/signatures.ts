/** What methods that compute take and give; see methods.ts for the others. */
import type * as tf from '../tfjs';
import type { Dims, Operand, ValuesAndIndices } from './arguments';

/** The functions behind methods: `this` is the tensor; what arrives is told apart when they run. */
export type Loose<M> = { readonly [K in keyof M]: (this: tf.Tensor, ...args: never[]) => unknown };

/** A factor of what is added. */
export interface AlphaOptions {
  readonly alpha?: number;
}

/** How a quotient becomes a whole number: towards −∞ ('floor') or towards zero ('trunc'). */
export interface DivOptions {
  readonly roundingMode?: 'floor' | 'trunc' | null;
}

/** Factors of `addmm` and `baddbmm`: of the tensor itself, and of the product. */
export interface ProductOptions {
  readonly beta?: number;
  readonly alpha?: number;
}

/** Tolerances of comparisons. */
export interface CloseOptions {
  readonly rtol?: number;
  readonly atol?: number;
  readonly equalNan?: boolean;
}

/** What `var` and `std` may be told: what is taken off the number of elements (1), and whether dimensions stay. */
export interface VarOptions {
  readonly correction?: number;
  readonly keepdim?: boolean;
}

/** Methods that compute element by element. */
export interface ElementwiseMethods {
  /** The sum with another tensor or number, times `alpha`. */
  add(other: Operand, options?: AlphaOptions): tf.Tensor;
  /** The difference. */
  sub(other: Operand, options?: AlphaOptions): tf.Tensor;
  /** The product. */
  mul(other: Operand): tf.Tensor;
  /** The quotient, of whole numbers too (1 / 2 = 0.5), unless `roundingMode` cuts it off. */
  div(other: Operand, options?: DivOptions): tf.Tensor;
  /** The quotient cut off towards −∞, as Python's `//`. */
  floorDivide(other: Operand): tf.Tensor;
  /** What is left over, with the sign of the divisor, as Python's `%`. */
  remainder(other: Operand): tf.Tensor;
  /** What is left over, with the sign of the tensor, as C's `fmod`. */
  fmod(other: Operand): tf.Tensor;
  /** To a power. */
  pow(exponent: Operand): tf.Tensor;
  /** The larger of two. */
  maximum(other: Operand): tf.Tensor;
  /** The smaller of two. */
  minimum(other: Operand): tf.Tensor;
  /** Cut to [min, max], numbers or tensors; null leaves an end open. */
  clamp(min?: Operand | null, max?: Operand | null): tf.Tensor;
  /** −1, 0 or 1; 0 of what is not a number. */
  sign(): tf.Tensor;
  /** Cut off towards zero. */
  trunc(): tf.Tensor;
  /** What `trunc` takes off. */
  frac(): tf.Tensor;
  /** The logarithm of base 2. */
  log2(): tf.Tensor;
  /** The logarithm of base 10. */
  log10(): tf.Tensor;
  /** 2 to these powers. */
  exp2(): tf.Tensor;
  /** Whether elements are not a number. */
  isnan(): tf.Tensor;
  /** Whether elements are infinite. */
  isinf(): tf.Tensor;
  /** Whether elements are finite. */
  isfinite(): tf.Tensor;
  /** With numbers for what is not one and for infinities: 0 and the largest, unless given. */
  nanToNum(nan?: number, posinf?: number | null, neginf?: number | null): tf.Tensor;
  /** Where elements are equal within tolerances. */
  isclose(other: tf.Tensor, options?: CloseOptions): tf.Tensor;
  /** On the way to `end`: by a share of it. */
  lerp(end: tf.Tensor, weight: Operand): tf.Tensor;
  /** Plus `value` · a · b. */
  addcmul(a: tf.Tensor, b: tf.Tensor, options?: { readonly value?: number }): tf.Tensor;
  /** Plus `value` · a / b. */
  addcdiv(a: tf.Tensor, b: tf.Tensor, options?: { readonly value?: number }): tf.Tensor;
  /** Where elements are equal, bool. */
  eq(other: Operand): tf.Tensor;
  /** Where they differ. */
  ne(other: Operand): tf.Tensor;
  /** Where they are smaller. */
  lt(other: Operand): tf.Tensor;
  /** Where they are not larger. */
  le(other: Operand): tf.Tensor;
  /** Where they are larger. */
  gt(other: Operand): tf.Tensor;
  /** Where they are not smaller. */
  ge(other: Operand): tf.Tensor;
  /** Where both are other than zero. */
  logicalAnd(other: tf.Tensor): tf.Tensor;
  /** Where one or both are other than zero. */
  logicalOr(other: tf.Tensor): tf.Tensor;
  /** Where exactly one is other than zero. */
  logicalXor(other: tf.Tensor): tf.Tensor;
  /** Where elements are zero. */
  logicalNot(): tf.Tensor;
}

/** Methods that make one number of many, along dimensions or of all. */
export interface ReduceMethods {
  /** The sum. */
  sum(dim?: Dims, keepdim?: boolean): tf.Tensor;
  /** The mean. */
  mean(dim?: Dims, keepdim?: boolean): tf.Tensor;
  /** The product. */
  prod(dim?: Dims, keepdim?: boolean): tf.Tensor;
  /** Whether any element is other than zero. */
  any(dim?: Dims, keepdim?: boolean): tf.Tensor;
  /** Whether all elements are. */
  all(dim?: Dims, keepdim?: boolean): tf.Tensor;
  /** The sum of those that are numbers. */
  nansum(dim?: Dims, keepdim?: boolean): tf.Tensor;
  /** The mean of those that are numbers. */
  nanmean(dim?: Dims, keepdim?: boolean): tf.Tensor;
  /** How many are other than zero. */
  countNonzero(dim?: Dims): tf.Tensor;
  /** log Σ eˣ, without overflow. */
  logsumexp(dim: Dims, keepdim?: boolean): tf.Tensor;
  /** The p-norm of a vector, 2 by default; `Infinity` for the largest |x|. */
  norm(p?: number | 'fro' | null, dim?: Dims, keepdim?: boolean): tf.Tensor;
  /** The variance, with n − `correction` below the line (1, as in PyTorch). */
  var(dim?: Dims, options?: VarOptions): tf.Tensor;
  /** The standard deviation; see `var`. */
  std(dim?: Dims, options?: VarOptions): tf.Tensor;
}

/** Methods that find the largest, the smallest and the middle. */
export interface ExtremaMethods {
  /** The largest value along dimensions, all by default; equals share its gradient. */
  amax(dim?: Dims, keepdim?: boolean): tf.Tensor;
  /** The smallest value along dimensions. */
  amin(dim?: Dims, keepdim?: boolean): tf.Tensor;
  /** The largest of all, or along a dimension, where the gradient goes to the first of several. */
  max(dim?: Dims | null, keepdim?: boolean): tf.Tensor;
  /** The smallest; see `max`. */
  min(dim?: Dims | null, keepdim?: boolean): tf.Tensor;
  /** Where the largest element stands, along a dimension or of all in row-major order. */
  argmax(dim?: number, keepdim?: boolean): tf.Tensor;
  /** Where the smallest element stands. */
  argmin(dim?: number, keepdim?: boolean): tf.Tensor;
  /** The middle of all, the lower one of two. */
  median(): tf.Tensor;
  /** The middle along a dimension and where it stands. */
  median(dim: number, keepdim?: boolean): ValuesAndIndices;
  /** The k-th smallest along a dimension, counted from 1, and where it stands. */
  kthvalue(k: number, dim?: number, keepdim?: boolean): ValuesAndIndices;
}

/** Methods of vectors and matrices. */
export interface LinearMethods {
  /** The sum of products of two vectors. */
  dot(other: tf.Tensor): tf.Tensor;
  /** The product with a vector. */
  mv(vector: tf.Tensor): tf.Tensor;
  /** The product of two matrices. */
  mm(other: tf.Tensor): tf.Tensor;
  /** Products of matrices, batch by batch. */
  bmm(other: tf.Tensor): tf.Tensor;
  /** All products of the elements of two vectors. */
  outer(other: tf.Tensor): tf.Tensor;
  /** beta · x + alpha · a b of matrices. */
  addmm(a: tf.Tensor, b: tf.Tensor, options?: ProductOptions): tf.Tensor;
  /** beta · x + alpha · a b of batches of matrices. */
  baddbmm(a: tf.Tensor, b: tf.Tensor, options?: ProductOptions): tf.Tensor;
  /** The cross product along a dimension of size 3. */
  cross(other: tf.Tensor, dim?: number): tf.Tensor;
  /** The diagonal of two dimensions, put last. */
  diagonal(offset?: number, dim1?: number, dim2?: number): tf.Tensor;
  /** The diagonal of a matrix, or the matrix with a vector on its diagonal. */
  diag(offset?: number): tf.Tensor;
  /** The sum of a matrix's diagonal. */
  trace(): tf.Tensor;
}

/** Methods that put elements to places by number. */
export interface ScatterMethods {
  /** With the elements of `source`, or a number, at the places of `index` along a dimension. */
  scatter(dim: number, index: tf.Tensor, source: Operand): tf.Tensor;
  /** With the elements of `source` added there. */
  scatterAdd(dim: number, index: tf.Tensor, source: tf.Tensor): tf.Tensor;
  /** With rows of `source` added to the places that `index` lists. */
  indexAdd(dim: number, index: tf.Tensor, source: tf.Tensor, options?: AlphaOptions): tf.Tensor;
  /** With rows of `source` in the places that `index` lists. */
  indexCopy(dim: number, index: tf.Tensor, source: tf.Tensor): tf.Tensor;
  /** With a number in the places that `index` lists. */
  indexFill(dim: number, index: tf.Tensor, value: number): tf.Tensor;
}
