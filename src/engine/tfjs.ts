/** TensorFlow.js as it comes, for what lies below the door: the patches, and the backend they need. */
import '../../bin/bootstrap/codecache';

import * as core from '@tensorflow/tfjs';

export * from '@tensorflow/tfjs';

// One type for tensors of all ranks, as in PyTorch: nobody casts, and layers check ranks when they run.
/** A tensor that has one axis, which the type does not know. */
export type Tensor1D = core.Tensor;
/** A tensor that has two axes, which the type does not know. */
export type Tensor2D = core.Tensor;
/** A tensor that has three axes, which the type does not know. */
export type Tensor3D = core.Tensor;
/** A tensor that has four axes, which the type does not know. */
export type Tensor4D = core.Tensor;
/** A tensor that has five axes, which the type does not know. */
export type Tensor5D = core.Tensor;
/** A tensor that is one number, which the type does not know. */
export type Scalar = core.Tensor;

/** A function that TensorFlow.js declares for tensors of some ranks, for all: it checks ranks itself when it runs. */
type AnyRank<F> = F extends (...args: infer A) => infer R
  ? (...args: Loose<A>) => R extends core.Tensor ? core.Tensor : R
  : never;

/** Arguments with a tensor of any rank wherever one of some rank is asked for. */
type Loose<A extends unknown[]> = {
  [K in keyof A]: [Extract<A[K], core.Tensor>] extends [never] ? A[K] : A[K] | core.Tensor;
};

/** TensorFlow.js's convolution of images `[b, h, w, c]`. */
export const conv2d = core.conv2d as AnyRank<typeof core.conv2d>;
/** TensorFlow.js's transposed convolution of images `[b, h, w, c]`. */
export const conv2dTranspose = core.conv2dTranspose as AnyRank<typeof core.conv2dTranspose>;
/** TensorFlow.js's convolution of each channel of images `[b, h, w, c]` by itself. */
export const depthwiseConv2d = core.depthwiseConv2d as AnyRank<typeof core.depthwiseConv2d>;
/** The mean of each window of images `[b, h, w, c]`. */
export const avgPool = core.avgPool as AnyRank<typeof core.avgPool>;
/** The largest value of each window of images `[b, h, w, c]`. */
export const maxPool = core.maxPool as AnyRank<typeof core.maxPool>;
/** Sums of the rows that have one number in `segmentIds`. */
export const unsortedSegmentSum = core.unsortedSegmentSum as AnyRank<typeof core.unsortedSegmentSum>;
/** TensorFlow.js's functions of images `[b, h, w, c]`. */
export const image = core.image as { [K in keyof typeof core.image]: AnyRank<(typeof core.image)[K]> };
/** The value of a function without arguments and its gradients for variables, by name. */
export const variableGrads = core.variableGrads as (
  f: () => core.Tensor,
  variables?: core.Variable[],
) => { value: core.Tensor; grads: core.NamedTensorMap };

/** A tensor repeated to a shape, as `tf.broadcastTo`, also where a size is 0. */
export function broadcastTo<T extends core.Tensor>(x: T | core.TensorLike, shape: number[]): T {
  if (!shape.includes(0))
    return (core.broadcastTo as (x: T | core.TensorLike, shape: number[]) => T)(x, shape);
  const tensor = x instanceof core.Tensor ? x : core.tensor(x);
  const fits = core.backend_util.assertAndGetBroadcastShape(tensor.shape, shape);
  const own = [...Array<number>(fits.length - tensor.rank).fill(1), ...tensor.shape];
  const times = own.map((size, i) => (size === fits[i] ? 1 : (fits[i] ?? 1)));
  return core.tile(core.reshape(tensor, own), times) as T;
}

/** `a` where the condition holds, else `b`, as `tf.where`, also of tensors that are repeated no times. */
export function where<T extends core.Tensor>(
  condition: core.Tensor | core.TensorLike,
  a: T | core.TensorLike,
  b: T | core.TensorLike,
): T {
  const given = [condition, a, b].filter((x): x is core.Tensor => x instanceof core.Tensor);
  if (given.every(({ size }) => size > 0)) return core.where<T>(condition, a, b);
  const shape = given.reduce(
    (all, x) => core.backend_util.assertAndGetBroadcastShape(all, x.shape),
    [] as number[],
  );
  const laid = (x: core.Tensor | core.TensorLike): T => broadcastTo<T>(x as T, shape);
  return core.where<T>(laid(condition), laid(a), laid(b));
}
