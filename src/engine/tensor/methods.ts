/**
 * PyTorch's methods on TensorFlow.js's tensors. They are added to what `tf.Tensor` has, as TensorFlow.js adds its own
 * chained ones; where both libraries have a method of one name (`sum`, `reshape`, `max`, `gather`), TensorFlow.js's form
 * goes on working and PyTorch's is taken beside it, told apart by its arguments. `size` stays TensorFlow.js's number of
 * elements: PyTorch's `x.size(0)` is `x.shape[0]`.
 */
import type { BackwardOptions, GradientHook } from '../autograd';
import type * as tf from '../tfjs';

/** A number stands for a tensor of that value. */
export type Operand = tf.Tensor | number;

/** One dimension or several; negative ones count from the last. */
export type Dims = number | readonly number[];

/** Values and where they stood, as `torch.topk`, `torch.sort` and the like give them. */
export interface ValuesAndIndices {
  readonly values: tf.Tensor;
  /** int32 */
  readonly indices: tf.Tensor;
}

/** What picks from one dimension: one place, a slice `[start, stop, step]`, all (`null`), places, or a mask. */
export type Index =
  number | null | readonly [start: number | null, stop?: number | null, step?: number] | tf.Tensor;

/** Numbers or booleans, nested as deep as there are dimensions. */
export type Nested = number | boolean | Nested[];

/** What `to` and the like change a tensor into. */
export type DType = 'float32' | 'int32' | 'bool';

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
  float(): tf.Tensor;
  int(): tf.Tensor;
  long(): tf.Tensor;
  bool(): tf.Tensor;
}

/** Methods that arrange elements anew. */
export interface ShapeMethods {
  /** The same elements in another shape; one size may be -1. */
  view(...sizes: number[]): tf.Tensor;
  view(sizes: readonly number[]): tf.Tensor;
  viewAs(other: tf.Tensor): tf.Tensor;
  unflatten(dim: number, sizes: readonly number[]): tf.Tensor;
  /** The dimensions in another order. */
  permute(...dims: number[]): tf.Tensor;
  permute(dims: readonly number[]): tf.Tensor;
  /** Of at most two dimensions: transposed. */
  t(): tf.Tensor;
  /** With another dimension of size 1. */
  unsqueeze(dim: number): tf.Tensor;
  /** Dimensions of size 1 repeated; -1 leaves a size. */
  expand(...sizes: number[]): tf.Tensor;
  expandAs(other: tf.Tensor): tf.Tensor;
  /** The whole repeated, so many times along each dimension. */
  repeat(...times: number[]): tf.Tensor;
  /** Elements in reverse order along dimensions. */
  flip(...dims: number[]): tf.Tensor;
  /** Elements moved on along a dimension, those that leave coming in at the other end. */
  roll(shift: number, dim: number): tf.Tensor;
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
  indexSelect(dim: number, index: tf.Tensor): tf.Tensor;
  /** The elements where `mask` holds, one after the other; its values are read. */
  maskedSelect(mask: tf.Tensor): tf.Tensor;
  /** With `value` where `mask` holds. */
  maskedFill(mask: tf.Tensor, value: number): tf.Tensor;
  /** Pieces along a dimension, as equal as `torch.chunk` makes them. */
  chunk(chunks: number, dim?: number): tf.Tensor[];
  /** All places of a dimension, one tensor each. */
  unbind(dim?: number): tf.Tensor[];
  sort(dim?: number, descending?: boolean): ValuesAndIndices;
  argsort(dim?: number, descending?: boolean): tf.Tensor;
  /** The upper triangle of matrices, zero elsewhere. */
  triu(diagonal?: number): tf.Tensor;
  tril(diagonal?: number): tf.Tensor;
}

/** Methods that compute. */
export interface MathMethods {
  matmul(other: tf.Tensor): tf.Tensor;
  mm(other: tf.Tensor): tf.Tensor;
  bmm(other: tf.Tensor): tf.Tensor;
  eq(other: Operand): tf.Tensor;
  ne(other: Operand): tf.Tensor;
  lt(other: Operand): tf.Tensor;
  le(other: Operand): tf.Tensor;
  gt(other: Operand): tf.Tensor;
  ge(other: Operand): tf.Tensor;
  argmax(dim?: number, keepdim?: boolean): tf.Tensor;
  argmin(dim?: number, keepdim?: boolean): tf.Tensor;
  /** The largest value along dimensions, all by default. */
  amax(dim?: Dims, keepdim?: boolean): tf.Tensor;
  amin(dim?: Dims, keepdim?: boolean): tf.Tensor;
  /** The variance, with n − `correction` below the line (1, as in PyTorch). */
  var(dim?: Dims, options?: { readonly correction?: number; readonly keepdim?: boolean }): tf.Tensor;
  std(dim?: Dims, options?: { readonly correction?: number; readonly keepdim?: boolean }): tf.Tensor;
  clamp(min?: number | null, max?: number | null): tf.Tensor;
  /** Whether all elements are equal within tolerances, as `torch.allclose`. */
  allclose(
    other: tf.Tensor,
    options?: { readonly rtol?: number; readonly atol?: number; readonly equalNan?: boolean },
  ): boolean;
  /** Whether type, shape and all elements are the same. */
  equals(other: tf.Tensor): boolean;
  type(dtype: DType): tf.Tensor;
}

/** Methods that give the tensor itself other values. A leaf that requires gradients only within `noGrad`. */
export interface InPlaceMethods {
  add_(other: Operand, options?: { readonly alpha?: number }): this;
  sub_(other: Operand, options?: { readonly alpha?: number }): this;
  mul_(other: Operand): this;
  div_(other: Operand): this;
  clamp_(min?: number | null, max?: number | null): this;
  copy_(other: tf.Tensor): this;
  fill_(value: number): this;
  zero_(): this;
  maskedFill_(mask: tf.Tensor, value: number): this;
}

/** Methods that TensorFlow.js has by the same name, with PyTorch's arguments. */
export interface SharedMethods {
  reshape(...sizes: number[]): tf.Tensor;
  /** Joins the dimensions from `start` to `end`, all by default. */
  flatten(start: number, end?: number): tf.Tensor;
  /** With two dimensions in each other's place. */
  transpose(dim0: number, dim1: number): tf.Tensor;
  /** Without one dimension, if its size is 1. */
  squeeze(dim: number): tf.Tensor;
  /** For each place of `index` the element that stands there along `dim`. */
  gather(dim: number, index: tf.Tensor): tf.Tensor;
  /** The largest `k` along a dimension, or the smallest, in order. */
  topk(k: number, dim: number, largest?: boolean): ValuesAndIndices;
}

/** All that tsdl adds to a tensor. */
export interface TensorMethods
  extends AutogradMethods, ValueMethods, ShapeMethods, IndexMethods, MathMethods, InPlaceMethods {}

/** The functions behind methods: `this` is the tensor. */
export type Methods<M> = {
  [K in keyof M]: M[K] extends (...args: infer A) => infer R ? (this: tf.Tensor, ...args: A) => R : M[K];
};

declare module '@tensorflow/tfjs-core/dist/tensor' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- a merged declaration has the same type parameters
  interface Tensor<R extends tf.Rank = tf.Rank> extends TensorMethods {
    // Overloads are merged, not inherited: as SharedMethods has them.
    reshape(...sizes: number[]): tf.Tensor;
    flatten(start: number, end?: number): tf.Tensor;
    transpose(dim0: number, dim1: number): tf.Tensor;
    squeeze(dim: number): tf.Tensor;
    gather(dim: number, index: tf.Tensor): tf.Tensor;
    topk(k: number, dim: number, largest?: boolean): ValuesAndIndices;
  }
}
