/**
 * The face of tsdl: PyTorch's rooms and functions by PyTorch's names.
 * @module
 */
export * as autograd from './engine/autograd';
export { enableGrad, isGradEnabled, noGrad } from './engine/autograd';
export { memory, type Memory } from './engine/backend/lifetimes';
export { compile } from './engine/compile';
export * as random from './engine/random';
export {
  manualSeed,
  normal,
  rand,
  randint,
  randLike,
  randn,
  randnLike,
  randperm,
  uniform,
} from './engine/random';
export {
  abs,
  arange,
  argmax,
  argmin,
  bmm,
  cat,
  ceil,
  clamp,
  cos,
  type CreateOptions,
  cumsum,
  type Data,
  type Dims,
  type DType,
  einsum,
  erf,
  exp,
  eye,
  floor,
  full,
  type Index,
  isfinite,
  isinf,
  isnan,
  linspace,
  log,
  log1p,
  matmul,
  max,
  maximum,
  mean,
  min,
  minimum,
  mm,
  type Nested,
  ones,
  onesLike,
  type Operand,
  outer,
  pow,
  prod,
  relu,
  round,
  rsqrt,
  sigmoid,
  sign,
  sin,
  type Sized,
  split,
  sqrt,
  square,
  stack,
  sum,
  tanh,
  tensor,
  type TensorMethods,
  type ValuesAndIndices,
  where,
  zeros,
  zerosLike,
} from './engine/tensor';
export * as tf from './engine/tf';
export { device, type Tensor } from './engine/tf';
export * as data from './helpers/data';
export * as datasets from './helpers/datasets';
export * as images from './helpers/images';
export * as inspect from './helpers/inspect';
export * as io from './helpers/io';
export * as optim from './helpers/optim';
export * as train from './helpers/train';
export * as models from './models';
export * as nn from './nn';
/** `torchvision.ops`: boxes on pictures. */
export * as ops from './nn/boxes';
export * as F from './nn/functional';
export { logSoftmax, softmax } from './nn/functional';
export * as viz from './viz';
