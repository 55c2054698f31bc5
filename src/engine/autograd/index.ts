/** `torch.autograd`: gradients by the chain rule, through what was computed. */
export { backward, type BackwardOptions, grad, type GradOptions } from './backward';
export { withGradient } from './gradient';
export { type GradientHook, isLeaf, requiresGrad } from './graph';
export { enableGrad, isGradEnabled, noGrad } from './mode';
