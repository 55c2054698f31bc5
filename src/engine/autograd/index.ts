/** `torch.autograd`: gradients by the chain rule, through what was computed. */
export { backward, type BackwardOptions, grad, type GradOptions } from './backward';
export { withGradient } from './gradient';
export { type GradientHook, isLeaf, requiresGrad } from './tapenode';
export { enableGrad, inferenceMode, isGradEnabled, noGrad } from './gradmode';
