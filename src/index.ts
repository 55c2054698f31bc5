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
  all,
  allclose,
  type AlphaOptions,
  amax,
  amin,
  any,
  arange,
  argmax,
  argmin,
  argsort,
  bmm,
  cat,
  cdist,
  ceil,
  clamp,
  type CloseOptions,
  cos,
  type CreateOptions,
  cumprod,
  cumsum,
  type Data,
  diag,
  type Dims,
  div,
  type DivOptions,
  dot,
  type DType,
  einsum,
  erf,
  exp,
  eye,
  flip,
  floor,
  floorDivide,
  full,
  gather,
  hstack,
  type Index,
  isfinite,
  isinf,
  isnan,
  linspace,
  log,
  log1p,
  logaddexp,
  logsumexp,
  matmul,
  max,
  maximum,
  mean,
  meshgrid,
  min,
  minimum,
  mm,
  nanToNum,
  type Nested,
  norm,
  ones,
  onesLike,
  type Operand,
  outer,
  pow,
  prod,
  type ProductOptions,
  relu,
  remainder,
  roll,
  round,
  rsqrt,
  searchsorted,
  sigmoid,
  sign,
  sin,
  type Sized,
  sort,
  split,
  sqrt,
  square,
  stack,
  std,
  sum,
  tanh,
  tensor,
  tensordot,
  type TensorMethods,
  tril,
  triu,
  type ValuesAndIndices,
  varMean,
  type VarOptions,
  vstack,
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
export { launch } from './helpers/launch';
export * as optim from './helpers/optim';
export * as train from './helpers/train';
export * as models from './models';
export * as nn from './nn';
/** `torchvision.ops`: boxes on pictures. */
export * as ops from './nn/boxes';
export * as F from './nn/functional';
export { logSoftmax, softmax } from './nn/functional';
export * as viz from './viz';
