/**
 * From PyTorch's order of axes to ours and back: the only place that transposes weights. Convolution kernels are
 * `[out, in, h, w]` there and `[h, w, in, out]` here; transposed convolutions `[in, out, h, w]` and `[h, w, out, in]`,
 * which is the same permutation. Everything else is alike.
 */
import * as tf from '../../engine/tf';
import { layoutOf } from '../../nn/parameter';

const TO_TORCH = [3, 2, 0, 1];
const FROM_TORCH = [2, 3, 1, 0];

/** Shape of a variable in PyTorch. */
export function torchShape(variable: tf.Variable): number[] {
  const { shape } = variable;
  return layoutOf(variable) === 'HWIO' ? TO_TORCH.map((axis) => shape[axis] ?? 0) : [...shape];
}

/** The variable's value with PyTorch's axes; the caller disposes it. */
export function toTorch(variable: tf.Variable): tf.Tensor {
  return layoutOf(variable) === 'HWIO' ? tf.transpose(variable, TO_TORCH) : variable.clone();
}

/** Turns a tensor with PyTorch's axes into one for `variable`; consumes it, the caller disposes the result. */
export function fromTorch(tensor: tf.Tensor, variable: tf.Variable | undefined): tf.Tensor {
  if (!variable || layoutOf(variable) !== 'HWIO' || tensor.rank !== FROM_TORCH.length) return tensor;
  const turned = tf.transpose(tensor, FROM_TORCH);
  tensor.dispose();
  return turned;
}
