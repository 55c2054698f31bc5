/**
 * From PyTorch's order of axes to ours and back: the only place that transposes weights. Convolution kernels are
 * `[out, in, h, w]` there and `[h, w, in, out]` here; transposed convolutions `[in, out, h, w]` and `[h, w, out, in]`,
 * which is the same permutation; likewise with one axis of the window or three. Everything else is alike.
 */
import * as tf from '../../engine/tf';
import { layoutOf } from '../../nn/parameter';

/** The axes of the window, which stand before the channels here and behind them there. */
const windowOf = (rank: number, first: number): number[] =>
  Array.from({ length: rank - 2 }, (_, i) => first + i);
const toTorchAxes = (rank: number): number[] => [rank - 1, rank - 2, ...windowOf(rank, 0)];
const fromTorchAxes = (rank: number): number[] => [...windowOf(rank, 2), 1, 0];

/** Shape of a variable in PyTorch. */
export function torchShape(variable: tf.Variable): number[] {
  const { shape } = variable;
  return layoutOf(variable) === 'HWIO'
    ? toTorchAxes(shape.length).map((axis) => shape[axis] ?? 0)
    : [...shape];
}

/** The variable's value with PyTorch's axes; the caller disposes it. */
export function toTorch(variable: tf.Variable): tf.Tensor {
  return layoutOf(variable) === 'HWIO'
    ? tf.transpose(variable, toTorchAxes(variable.rank))
    : variable.clone();
}

/** Turns a tensor with PyTorch's axes into one for `variable`; consumes it, the caller disposes the result. */
export function fromTorch(tensor: tf.Tensor, variable: tf.Variable | undefined): tf.Tensor {
  if (!variable || layoutOf(variable) !== 'HWIO' || tensor.rank !== variable.rank) return tensor;
  const turned = tf.transpose(tensor, fromTorchAxes(tensor.rank));
  tensor.dispose();
  return turned;
}
