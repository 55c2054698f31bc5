/**
 * `torch.autograd`: gradients by the chain rule, through what was computed.
 * @module
 */
export { backward, type BackwardOptions, grad, type GradOptions } from './backward';
export { type Backward, type Forward, type Value, withGradient } from './gradient';
export { type GradientHook, isLeaf, requiresGrad } from './tapenode';
export { enableGrad, inferenceMode, isGradEnabled, noGrad } from './gradmode';
