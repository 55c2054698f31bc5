/**
 * `torch.nn.functional`: layers and losses as functions. Images are `[b, h, w, c]`, classes last.
 * @module
 */
export { relu, sigmoid, tanh } from '../engine/tensor';
export { elu, gelu, leakyRelu, logSoftmax, silu, softmax } from './activation';
export { scaledDotProductAttention } from './attention';
export { batchNorm } from './batchnorm';
export { bilinear } from './bilinear';
export { conv2d } from './conv';
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
export { adaptiveAvgPool2d, avgPool2d, maxPool2d } from './pooling';
export {
  celu,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  prelu,
  relu6,
  rrelu,
  selu,
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
export { glu, logSigmoid, mish, softmin, softplus, softsign, tanhshrink } from './squashing';
