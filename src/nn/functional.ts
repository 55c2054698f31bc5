/** `torch.nn.functional`: layers and losses as functions. Images are `[b, h, w, c]`, classes last. */
export { relu, sigmoid, tanh } from '../engine/tensor';
export { elu, gelu, logSoftmax, silu, softmax } from './activation';
export { scaledDotProductAttention } from './attention';
export { linear } from './linear';
export { crossEntropy, nllLoss } from './loss';
export { adaptiveAvgPool2d, avgPool2d, maxPool2d } from './pooling';
export { bceWithLogits, huberLoss, l1Loss, mseLoss, smoothL1Loss } from './regression';
export { flatten, oneHot } from './shape';
