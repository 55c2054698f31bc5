/**
 * `torch.nn.functional`: layers and losses as functions. Images are `[b, h, w, c]`, classes last.
 * @module
 */
export { relu, sigmoid, tanh } from '../engine/tensor';
export { elu, gelu, leakyRelu, logSoftmax, silu, softmax } from './activation';
export { scaledDotProductAttention } from './attention';
export { batchNorm } from './batchnorm';
export { bilinear } from './bilinear';
export { ctcLoss } from './ctc';
export { cosineSimilarity, normalize, pairwiseDistance, pdist } from './distance';
export { alphaDropout, dropout, dropout1d, dropout2d, dropout3d, featureAlphaDropout } from './dropout';
export { embedding } from './embedding';
export { embeddingBag } from './embeddingbag';
export { gumbelSoftmax } from './gumbel';
export { instanceNorm } from './instancenorm';
export { gaussianNllLoss, klDiv, poissonNllLoss } from './likelihoods';
export { linear } from './linear';
export { localResponseNorm } from './localresponse';
export { crossEntropy, nllLoss } from './loss';
export {
  cosineEmbeddingLoss,
  hingeEmbeddingLoss,
  marginRankingLoss,
  multilabelMarginLoss,
  multilabelSoftMarginLoss,
  multiMarginLoss,
  softMarginLoss,
  tripletMarginLoss,
  tripletMarginWithDistanceLoss,
} from './margins';
export { groupNorm, layerNorm, rmsNorm } from './norm';
export { oneHot } from './onehot';
export {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
  affineGrid,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  channelShuffle,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  fold,
  fractionalMaxPool2d,
  fractionalMaxPool3d,
  gridSample,
  interpolate,
  lpPool1d,
  lpPool2d,
  lpPool3d,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  maxUnpool1d,
  maxUnpool2d,
  maxUnpool3d,
  pad,
  pixelShuffle,
  pixelUnshuffle,
  unfold,
} from './spatial';
export {
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  prelu,
  relu6,
  rrelu,
  softshrink,
  threshold,
} from './rectifiers';
export {
  bceWithLogits,
  binaryCrossEntropy,
  bceWithLogits as binaryCrossEntropyWithLogits,
  huberLoss,
  l1Loss,
  mseLoss,
  smoothL1Loss,
} from './regression';
export { flatten } from './shape';
export { celu, selu, glu, logSigmoid, mish, softmin, softplus, softsign, tanhshrink } from './squashing';
