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
export {
  AdaptiveLogSoftmaxWithLoss,
  type AdaptiveSoftmaxOptions,
  type AdaptiveSoftmaxOutput,
} from './adaptivesoftmax';
export { type AttentionOptions, scaledDotProductAttention } from './attention';
export {
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  type BatchNormOptions,
  type NormFunctionOptions,
} from './batchnorm';
export { type GumbelOptions } from './gumbel';
export { Bilinear, bilinear } from './bilinear';
export { GRUCell, LSTMCell, RNNCell } from './recurrentcells';
export { ModuleDict, ParameterDict, ParameterList } from './collections';
export { Flatten, Identity, ModuleList, Sequential, Unflatten, unflatten } from './container';
export type { Size1d, Size2d, Size3d, SizeNd } from './checks';
export { ctcLoss, type CTCOptions, type Lengths } from './ctc';
export {
  CosineSimilarity,
  cosineSimilarity,
  normalize,
  type NormalizeOptions,
  PairwiseDistance,
  pairwiseDistance,
  type PairwiseDistanceOptions,
  pdist,
} from './distance';
export {
  AlphaDropout,
  alphaDropout,
  Dropout,
  dropout,
  Dropout1d,
  dropout1d,
  Dropout2d,
  dropout2d,
  Dropout3d,
  dropout3d,
  type DropoutOptions,
  FeatureAlphaDropout,
  featureAlphaDropout,
} from './dropout';
export { Embedding, embedding, type EmbeddingOptions } from './embedding';
export { type BagInputs, EmbeddingBag, embeddingBag, type EmbeddingBagOptions } from './embeddingbag';
/** PyTorch's `torch.nn.init`: fills a variable in place and gives it back. */
export * as init from './init';
export { InstanceNorm1d, InstanceNorm2d, InstanceNorm3d } from './instancenorm';
export {
  type GaussianNllOptions,
  gaussianNllLoss,
  klDiv,
  type KLDivOptions,
  poissonNllLoss,
  type PoissonNllOptions,
} from './likelihoods';
export { DecoderCache, type DecoderPast } from './decodercache';
export { type CacheOptions, KeyValueCache, type KeyValues, type LayerPast, type Past } from './keyvalues';
export { Linear, linear } from './linear';
export { LocalResponseNorm, localResponseNorm, type LocalResponseNormOptions } from './localresponse';
export { crossEntropy, type CrossEntropyOptions, nllLoss } from './loss';
export * from './losses';
export * from './margins';
export { type Moded, type OneMode, withMode } from './mode';
export { type Layer, Module } from './module';
export {
  type AttendOptions,
  type AttentionWeights,
  type MaskOptions,
  MultiheadAttention,
  type MultiheadAttentionOptions,
} from './multihead';
export {
  type AffineOptions,
  GroupNorm,
  type GroupNormOptions,
  LayerNorm,
  type LayerNormOptions,
  RMSNorm,
  type RMSNormOptions,
} from './norm';
export { buffer, type Layout, parameter } from './parameter';
export { LearnedPositions, PositionalEncoding, sinusoidalPositions } from './position';
export * from './rectifiers';
export { GRU, LSTM, type LSTMOptions, type RecurrentOptions, RNN, type SequenceOptions } from './recurrent';
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
export * from './squashing';
export type { LoadReport } from './state';
export {
  type Activation,
  Transformer,
  TransformerDecoder,
  TransformerDecoderLayer,
  TransformerEncoder,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
  type TransformerMasks,
  type TransformerOptions,
} from './transformer';
export * as utils from './utils';
