/**
 * Gradients that TensorFlow.js gets wrong: unstack and split into one part hand a tensor where it expects a list, and
 * running sums know no axis counted from the end.
 */
import * as tfjs from '../tfjs';
import { replaceGradient } from './register';

const listed = (dy: tfjs.Tensor | tfjs.Tensor[]): tfjs.Tensor[] => (Array.isArray(dy) ? dy : [dy]);
const axisFrom = (axis: unknown, { rank }: tfjs.Tensor): number => ((axis as number) + rank) % rank;
const axisOf = (attributes: tfjs.NamedAttrMap): number => attributes.axis as number;

/** Puts right forms in the place of TensorFlow.js's; done once, when `tf` is loaded. */
export function mendGradients(): void {
  replaceGradient({
    kernelName: 'Unpack',
    gradFunc: (dy, _, attributes) => ({ value: () => tfjs.stack(listed(dy), axisOf(attributes)) }),
  });
  replaceGradient({
    kernelName: 'Cumsum',
    gradFunc: (dy, _, { axis, exclusive, reverse }) => ({
      x: () => tfjs.cumsum(dy, axisFrom(axis, dy), exclusive as boolean, !reverse),
    }),
  });
  replaceGradient({
    kernelName: 'SplitV',
    gradFunc: (dy, _, attributes) => ({ x: () => tfjs.concat(listed(dy), axisOf(attributes)) }),
  });
}
