/**
 * `torch.nn.functional`: layers and losses as functions. Images are `[b, h, w, c]`, classes last.
 * @module
 */
export { relu, sigmoid, tanh } from '../engine/tensor';
export { elu, gelu, leakyRelu, logSoftmax, silu, softmax } from './activation';
export { scaledDotProductAttention } from './attention';
export { linear } from './linear';
export { crossEntropy, nllLoss } from './loss';
export { oneHot } from './onehot';
export { bceWithLogits, binaryCrossEntropy, huberLoss, l1Loss, mseLoss, smoothL1Loss } from './regression';
export { flatten } from './shape';
export {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
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
