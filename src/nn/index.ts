/**
 * `import * as nn from 'tsdl/nn'`: PyTorch's `torch.nn` and `torch.nn.functional` in one namespace, so that a layer and
 * its function differ by case alone (`Softmax`, `softmax`); two layers never do.
 * @module tsdl/nn
 */
export {
  ELU,
  elu,
  GELU,
  gelu,
  type GELUOptions,
  LeakyReLU,
  leakyRelu,
  LogSoftmax,
  logSoftmax,
  ReLU,
  Sigmoid,
  SiLU,
  silu,
  Softmax,
  softmax,
  Tanh,
} from './activation';
export { type AttentionOptions, scaledDotProductAttention } from './attention';
export { BatchNorm1d, BatchNorm2d, type BatchNormOptions } from './batchnorm';
export { Flatten, ModuleList, Sequential } from './container';
export type { Size1d, Size2d, Size3d, SizeNd } from './checks';
export { Dropout } from './dropout';
export { Embedding } from './embedding';
/** PyTorch's `torch.nn.init`: fills a variable in place and gives it back. */
export * as init from './init';
export { Linear, linear } from './linear';
export { crossEntropy, type CrossEntropyOptions, nllLoss } from './loss';
export { type Moded, type OneMode, withMode } from './mode';
export { type Layer, Module } from './module';
export { type MaskOptions, MultiheadAttention, type MultiheadAttentionOptions } from './multihead';
export { GroupNorm, type GroupNormOptions, LayerNorm, type LayerNormOptions } from './norm';
export { buffer, type Layout, parameter } from './parameter';
export { LearnedPositions, PositionalEncoding, sinusoidalPositions } from './position';
export { GRU, LSTM, type RecurrentOptions, RNN, type SequenceOptions } from './recurrent';
export type { Reduction } from './reduction';
export {
  type BceOptions,
  bceWithLogits,
  binaryCrossEntropy,
  huberLoss,
  l1Loss,
  type LossOptions,
  mseLoss,
  smoothL1Loss,
} from './regression';
export { flatten } from './shape';
export * from './spatial';
export type { LoadReport } from './state';
export {
  TransformerDecoder,
  TransformerDecoderLayer,
  TransformerEncoder,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
} from './transformer';
export * as utils from './utils';
