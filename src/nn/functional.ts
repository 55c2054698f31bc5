/**
 * `torch.nn.functional`: layers and losses as functions. Images are `[b, h, w, c]`, classes last.
 * @module
 */
export { relu, sigmoid, tanh } from '../engine/tensor';
export { elu, gelu, leakyRelu, logSoftmax, silu, softmax } from './activation';
export { scaledDotProductAttention } from './attention';
export { conv2d } from './conv';
export { linear } from './linear';
export { crossEntropy, nllLoss } from './loss';
export { oneHot } from './onehot';
export { adaptiveAvgPool2d, avgPool2d, maxPool2d } from './pooling';
export { bceWithLogits, binaryCrossEntropy, huberLoss, l1Loss, mseLoss, smoothL1Loss } from './regression';
export { flatten } from './shape';
