/** Gradients that TensorFlow.js gets wrong: unstack and split into one part hand a tensor where it expects a list. */
import * as tfjs from '../tfjs';

const listed = (dy: tfjs.Tensor | tfjs.Tensor[]): tfjs.Tensor[] => (Array.isArray(dy) ? dy : [dy]);
const axisOf = (attributes: tfjs.NamedAttrMap): number => attributes.axis as number;

/** Puts right forms in the place of TensorFlow.js's; done once, when `tf` is loaded. */
export function mendGradients(): void {
  tfjs.registerGradient({
    kernelName: 'Unpack',
    gradFunc: (dy, _, attributes) => ({ value: () => tfjs.stack(listed(dy), axisOf(attributes)) }),
  });
  tfjs.registerGradient({
    kernelName: 'SplitV',
    gradFunc: (dy, _, attributes) => ({ x: () => tfjs.concat(listed(dy), axisOf(attributes)) }),
  });
}
