/**
 * PyTorch's methods on TensorFlow.js's tensors. They are added to what `tf.Tensor` has, as TensorFlow.js adds its own
 * chained ones; where both libraries have a method of one name (`sum`, `reshape`, `max`, `gather`), TensorFlow.js's form
 * goes on working and PyTorch's is taken beside it, told apart by its arguments. `size` stays TensorFlow.js's number of
 * elements: PyTorch's `x.size(0)` is `x.shape[0]`.
 */
import type { BackwardOptions, GradientHook } from '../autograd';
import type * as tf from '../tfjs';
import type { Dims, DType, Index, Nested, Operand, ValuesAndIndices } from './arguments';
import type {
  AlphaOptions,
  CloseOptions,
  DivOptions,
  ElementwiseMethods,
  ExtremaMethods,
  LinearMethods,
  ReduceMethods,
  ScatterMethods,
} from './signatures';

export type { Dims, DType, Index, Nested, Operand, ValuesAndIndices } from './arguments';

/** Methods of autograd. */
export interface AutogradMethods {
  /** Adds the gradient of this tensor with respect to the leaves before it to their `grad`; see `autograd.grad`. */
  backward(options?: BackwardOptions): void;
  /** What `backward()` has collected here; null before the first. Of what is no leaf only after `retainGrad()`. */
  grad: tf.Tensor | null;
  /** Whether gradients reach this tensor: it was made so, or computed from one that was. */
  requiresGrad: boolean;
  /** Makes this leaf collect gradients, or not. @throws Error for a tensor that was computed from such a leaf */
  requiresGrad_(mode?: boolean): this;
  /** Whether it was not computed from tensors that require gradients. */
  readonly isLeaf: boolean;
  /** The name of the operation that gradients pass next on the way back; null for a leaf. */
  readonly gradFn: string | null;
  /** The same values, out of the graph; the memory is shared. */
  detach(): tf.Tensor;
  /** Keeps the gradient of a tensor that is no leaf in its `grad` too. */
  retainGrad(): void;
  /** Calls `hook` with the gradient in each `backward()`; what it returns takes its place. @returns what ends that */
  registerHook(hook: GradientHook): () => void;
}

/** Methods that say what a tensor is, or give its values. */
export interface ValueMethods {
  /** The value of a tensor of one element. @throws TypeError for more or fewer */
  item(): number;
  /**
   * The values as nested arrays, or a number: `x.tolist<number[][]>()` where the depth is known.
   */
  tolist<T = Nested>(): T;
  /** How many elements there are. */
  numel(): number;
  /** How many dimensions there are. */
  dim(): number;
  /** In another type. */
  to(dtype: DType): tf.Tensor;
  /** As float32. */
  float(): tf.Tensor;
  /** As int32, cut off towards zero. */
  int(): tf.Tensor;
  /** As int32, the type of whole numbers here. */
  long(): tf.Tensor;
  /** Whether elements are other than zero. */
  bool(): tf.Tensor;
}

/** Methods that arrange elements anew. */
export interface ShapeMethods {
  /** The same elements in another shape; one size may be -1. */
  view(...sizes: (number | readonly number[])[]): tf.Tensor;
  /** In the shape of another tensor. */
  viewAs(other: tf.Tensor): tf.Tensor;
  /** One dimension as several. */
  unflatten(dim: number, sizes: readonly number[]): tf.Tensor;
  /** The dimensions in another order. */
  permute(...dims: (number | readonly number[])[]): tf.Tensor;
  /** Of at most two dimensions: transposed. */
  t(): tf.Tensor;
  /** With another dimension of size 1. */
  unsqueeze(dim: number): tf.Tensor;
  /** Dimensions of size 1 repeated; -1 leaves a size. */
  expand(...sizes: number[]): tf.Tensor;
  /** Repeated to the shape of another tensor. */
  expandAs(other: tf.Tensor): tf.Tensor;
  /** The whole repeated, so many times along each dimension. */
  repeat(...times: number[]): tf.Tensor;
  /** Elements in reverse order along dimensions. */
  flip(...dims: number[]): tf.Tensor;
  /** Elements moved on along dimensions, of all in a row without one; those that leave come in at the other end. */
  roll(shift: Dims, dim?: Dims): tf.Tensor;
  /** With a dimension at another place. */
  movedim(source: number, destination: number): tf.Tensor;
  /** Each element several times, along a dimension or of all in a row. */
  repeatInterleave(times: number, dim?: number): tf.Tensor;
  /** Differences of neighbours along a dimension, taken `n` times. */
  diff(n?: number, dim?: number): tf.Tensor;
  /** A copy is never needed here: gives the tensor itself. */
  contiguous(): tf.Tensor;
}

/** Methods that pick elements. */
export interface IndexMethods {
  /** One place of a dimension, which is gone then. */
  select(dim: number, index: number): tf.Tensor;
  /** `length` places of a dimension from `start` on. */
  narrow(dim: number, start: number, length: number): tf.Tensor;
  /** PyTorch's `x[…]`, an index for each of the first dimensions: `x.index(0, [1, 3], null)`. */
  index(...indices: Index[]): tf.Tensor;
  /** The places of a dimension that `index` lists. */
  indexSelect(dim: number, index: tf.Tensor): tf.Tensor;
  /** The elements where `mask` holds, one after the other; its values are read. */
  maskedSelect(mask: tf.Tensor): tf.Tensor;
  /** With `value` where `mask` holds. */
  maskedFill(mask: tf.Tensor, value: number): tf.Tensor;
  /** Pieces along a dimension, as equal as `torch.chunk` makes them. */
  chunk(chunks: number, dim?: number): tf.Tensor[];
  /** All places of a dimension, one tensor each. */
  unbind(dim?: number): tf.Tensor[];
  /** In order along a dimension. */
  sort(dim?: number, descending?: boolean): ValuesAndIndices;
  /** Where the elements in order stand. */
  argsort(dim?: number, descending?: boolean): tf.Tensor;
  /** The upper triangle of matrices, zero elsewhere. */
  triu(diagonal?: number): tf.Tensor;
  /** The lower triangle of matrices, zero elsewhere. */
  tril(diagonal?: number): tf.Tensor;
}

/** Methods that count, and those that run along a dimension. */
export interface CountMethods {
  /** The elements at places counted in row-major order. */
  take(index: tf.Tensor): tf.Tensor;
  /** Where elements are other than zero, a row of coordinates each; its values are read. */
  nonzero(): tf.Tensor;
  /** How often each whole number from 0 on stands there; its values are read. */
  bincount(minlength?: number): tf.Tensor;
  /** The value below which a share of each row lies, between neighbours by a straight line. */
  quantile(q: number, dim?: number, keepdim?: boolean): tf.Tensor;
  /** Running sums along a dimension. */
  cumsum(dim: number): tf.Tensor;
  /** Running products along a dimension. */
  cumprod(dim: number): tf.Tensor;
}

/** Methods that compute, and compare whole tensors. */
export interface MathMethods {
  /** The product of matrices, vectors or batches of them. */
  matmul(other: tf.Tensor): tf.Tensor;
  /** Whether all elements are equal within tolerances, as `torch.allclose`. */
  allclose(other: tf.Tensor, options?: CloseOptions): boolean;
  /** Whether type, shape and all elements are the same. */
  equals(other: tf.Tensor): boolean;
  /** In another type. @throws TypeError for one that there is not */
  type(dtype: DType): tf.Tensor;
}

/** Methods that give the tensor itself other values. A leaf that requires gradients only within `noGrad`. */
export interface InPlaceMethods {
  /** Adds `alpha` times the other. */
  add_(other: Operand, options?: { readonly alpha?: number }): this;
  /** Takes away `alpha` times the other. */
  sub_(other: Operand, options?: { readonly alpha?: number }): this;
  /** Multiplies. */
  mul_(other: Operand): this;
  /** Divides. */
  div_(other: Operand): this;
  /** Cuts to [min, max]. */
  clamp_(min?: number | null, max?: number | null): this;
  /** Takes over the values of another tensor, broadcast. */
  copy_(other: tf.Tensor): this;
  /** One value everywhere. */
  fill_(value: number): this;
  /** Zeros everywhere. */
  zero_(): this;
  /** `value` where `mask` holds. */
  maskedFill_(mask: tf.Tensor, value: number): this;
  /** A share of the way to `end`. */
  lerp_(end: tf.Tensor, weight: Operand): this;
  /** Adds `value` · a · b. */
  addcmul_(a: tf.Tensor, b: tf.Tensor, options?: { readonly value?: number }): this;
  /** Adds `value` · a / b. */
  addcdiv_(a: tf.Tensor, b: tf.Tensor, options?: { readonly value?: number }): this;
}

/** All that tsdl adds to a tensor. */
export interface TensorMethods
  extends
    AutogradMethods,
    ValueMethods,
    ShapeMethods,
    IndexMethods,
    CountMethods,
    MathMethods,
    InPlaceMethods,
    ElementwiseMethods,
    ReduceMethods,
    ExtremaMethods,
    LinearMethods,
    ScatterMethods {}

/** The functions behind methods: `this` is the tensor. */
export type Methods<M> = {
  [K in keyof M]: M[K] extends (...args: infer A) => infer R ? (this: tf.Tensor, ...args: A) => R : M[K];
};

declare module '@tensorflow/tfjs-core/dist/tensor' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- a merged declaration has the same type parameters
  interface Tensor<R extends tf.Rank = tf.Rank> extends TensorMethods {
    // Overloads are merged, not inherited: what they are in TensorFlow.js goes on beside them (shared.ts).
    /** In another shape; one size may be -1. */
    reshape(...sizes: number[]): tf.Tensor;
    /** Joins the dimensions from `start` to `end`, all by default. */
    flatten(start: number, end?: number): tf.Tensor;
    /** With two dimensions in each other's place. */
    transpose(dim0: number, dim1: number): tf.Tensor;
    /** Without one dimension, if its size is 1. */
    squeeze(dim: number): tf.Tensor;
    /** For each place of `index` the element that stands there along `dim`. */
    gather(dim: number, index: tf.Tensor): tf.Tensor;
    /** The sum with `alpha` times the other. */
    add(other: Operand, options: AlphaOptions): tf.Tensor;
    /** The difference from `alpha` times the other. */
    sub(other: Operand, options: AlphaOptions): tf.Tensor;
    /** The quotient cut off to a whole number. */
    div(other: Operand, options: DivOptions): tf.Tensor;
    /** The p-norm, 2 by default. */
    norm(p?: number | 'fro' | null, dim?: Dims, keepdim?: boolean): tf.Tensor;
    /** The sum. */
    sum(dim?: Dims, keepdim?: boolean): tf.Tensor;
    /** The mean. */
    mean(dim?: Dims, keepdim?: boolean): tf.Tensor;
    /** The product. */
    prod(dim?: Dims, keepdim?: boolean): tf.Tensor;
    /** Whether any element is other than zero. */
    any(dim?: Dims, keepdim?: boolean): tf.Tensor;
    /** Whether all are. */
    all(dim?: Dims, keepdim?: boolean): tf.Tensor;
    /** The largest. */
    max(dim?: Dims | null, keepdim?: boolean): tf.Tensor;
    /** The smallest. */
    min(dim?: Dims | null, keepdim?: boolean): tf.Tensor;
    /** The logarithm of softmax along a dimension. */
    logSoftmax(dim: number): tf.Tensor;
    /** The largest `k` along a dimension, or the smallest, in order. */
    topk(k: number, dim: number, largest?: boolean): ValuesAndIndices;
  }
}
