/** TensorFlow.js as it comes, for what lies below the door: the patches, and the backend they need. */
import type { Tensor } from '@tensorflow/tfjs';

export * from '@tensorflow/tfjs';

// One type for tensors of all ranks, as in PyTorch: nobody casts, and layers check ranks when they run.
export type Scalar = Tensor;
export type Tensor1D = Tensor;
export type Tensor2D = Tensor;
export type Tensor3D = Tensor;
export type Tensor4D = Tensor;
export type Tensor5D = Tensor;
