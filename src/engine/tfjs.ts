/** TensorFlow.js as it comes, for what lies below the door: the patches, and the backend they need. */
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
