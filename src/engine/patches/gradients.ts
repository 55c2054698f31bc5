/**
 * Gradients that TensorFlow.js gets wrong: unstack and split into one part hand a tensor where it expects a list; the
 * larger and the smaller of two forget that one was broadcast, and give all to one of two equals (PyTorch: half to each);
 * running sums know no axis counted from the end.
 */
import * as tfjs from '../tfjs';

const listed = (dy: tfjs.Tensor | tfjs.Tensor[]): tfjs.Tensor[] => (Array.isArray(dy) ? dy : [dy]);
const axisFrom = (axis: unknown, { rank }: tfjs.Tensor): number => ((axis as number) + rank) % rank;
const axisOf = (attributes: tfjs.NamedAttrMap): number => attributes.axis as number;

/** The gradient of what was broadcast to a shape: summed over what was repeated. */
function unbroadcast(gradient: tfjs.Tensor, shape: readonly number[]): tfjs.Tensor {
  const axes = tfjs.broadcast_util.getReductionAxes([...shape], gradient.shape);
  const sum = axes.length > 0 ? tfjs.sum(gradient, axes) : gradient;
  return tfjs.reshape(sum, [...shape]);
}

/** How much of the gradient goes to `a`: all where it was chosen, half where both were equal. */
function share(
  chosen: (a: tfjs.Tensor, b: tfjs.Tensor) => tfjs.Tensor,
  a: tfjs.Tensor,
  b: tfjs.Tensor,
): tfjs.Tensor {
  const [more, equal] = [chosen(a, b), tfjs.equal(a, b)].map((mask) => tfjs.cast(mask, 'float32')) as [
    tfjs.Tensor,
    tfjs.Tensor,
  ];
  return tfjs.add(more, tfjs.mul(equal, 0.5));
}

function mendChoice(kernelName: string, chosen: (a: tfjs.Tensor, b: tfjs.Tensor) => tfjs.Tensor): void {
  tfjs.unregisterGradient(kernelName);
  tfjs.registerGradient({
    kernelName,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved) => {
      const [a, b] = saved as [tfjs.Tensor, tfjs.Tensor];
      const to = (one: tfjs.Tensor, other: tfjs.Tensor) => () =>
        unbroadcast(tfjs.mul(dy as tfjs.Tensor, share(chosen, one, other)), one.shape);
      return { a: to(a, b), b: to(b, a) };
    },
  });
}

/** Puts right forms in the place of TensorFlow.js's; done once, when `tf` is loaded. */
export function mendGradients(): void {
  tfjs.registerGradient({
    kernelName: 'Unpack',
    gradFunc: (dy, _, attributes) => ({ value: () => tfjs.stack(listed(dy), axisOf(attributes)) }),
  });
  mendChoice('Maximum', tfjs.greater);
  mendChoice('Minimum', tfjs.less);
  tfjs.unregisterGradient('Cumsum');
  tfjs.registerGradient({
    kernelName: 'Cumsum',
    gradFunc: (dy, _, { axis, exclusive, reverse }) => ({
      x: () =>
        tfjs.cumsum(dy as tfjs.Tensor, axisFrom(axis, dy as tfjs.Tensor), exclusive as boolean, !reverse),
    }),
  });
  tfjs.registerGradient({
    kernelName: 'SplitV',
    gradFunc: (dy, _, attributes) => ({ x: () => tfjs.concat(listed(dy), axisOf(attributes)) }),
  });
}
