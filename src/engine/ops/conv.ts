/**
 * Convolutions over one, two or three axes with PyTorch's padding, dilation and groups. The three products are each
 * other's gradients, so that there are gradients of every order.
 */
import { withGradient } from '../autograd/gradient';
import * as tf from '../tf';
import { convForward, convInputGradient, convKernelGradient, type Geometry } from './correlate';

export type { Geometry } from './correlate';

type Shape = readonly number[];

/**
 * Cross-correlates with a kernel: x `[b, …, in]`, kernel `[…, in / groups, out]`; gives `[b, …, out]`, of
 * ⌊(length + padding − dilation · (taps − 1) − 1) / stride⌋ + 1 along each axis.
 */
export function conv(x: tf.Tensor, kernel: tf.Tensor, geometry: Geometry): tf.Tensor {
  if (x.rank > 3) return convOf(x, kernel, geometry);
  return tf.squeeze(convOf(flat(x), flat(kernel, 0), flatGeometry(geometry)), [1]);
}

/**
 * The transposed convolution, the gradient of `conv` for its input: x `[b, …, in]`, kernel `[…, out / groups, in]`; gives
 * `[b, …, out]` of the given lengths, of which `conv` would make x's.
 */
export function convTranspose(
  x: tf.Tensor,
  kernel: tf.Tensor,
  lengths: readonly number[],
  geometry: Geometry,
): tf.Tensor {
  const out = (kernel.shape.at(-2) ?? 0) * geometry.groups;
  const [b = 0] = x.shape;
  if (x.rank > 3) return transposeOf(x, kernel, [b, ...lengths, out], geometry);
  const shape = [b, 1, ...lengths, out];
  return tf.squeeze(transposeOf(flat(x), flat(kernel, 0), shape, flatGeometry(geometry)), [1]);
}

function convOf(x: tf.Tensor, kernel: tf.Tensor, geometry: Geometry): tf.Tensor {
  return withGradient(
    [x, kernel],
    () => ({ value: convForward(x, kernel, geometry), saved: [x, kernel] }),
    (dy, saved) => {
      const [x, kernel] = saved as [tf.Tensor, tf.Tensor];
      return [
        () => transposeOf(dy, kernel, x.shape, geometry),
        () => kernelOf(x, dy, kernel.shape, geometry),
      ];
    },
  );
}

function transposeOf(x: tf.Tensor, kernel: tf.Tensor, shape: Shape, geometry: Geometry): tf.Tensor {
  return withGradient(
    [x, kernel],
    () => ({ value: convInputGradient(shape, kernel, x, geometry), saved: [x, kernel] }),
    (dy, saved) => {
      const [x, kernel] = saved as [tf.Tensor, tf.Tensor];
      return [() => convOf(dy, kernel, geometry), () => kernelOf(dy, x, kernel.shape, geometry)];
    },
  );
}

/** The gradient of `convOf(x, kernel)` for the kernel where that of its result is dy. */
function kernelOf(x: tf.Tensor, dy: tf.Tensor, shape: Shape, geometry: Geometry): tf.Tensor {
  return withGradient(
    [x, dy],
    () => ({ value: convKernelGradient(x, shape, dy, geometry), saved: [x, dy] }),
    (next, saved) => {
      const [x, dy] = saved as [tf.Tensor, tf.Tensor];
      return [() => transposeOf(dy, next, x.shape, geometry), () => convOf(x, next, geometry)];
    },
  );
}

/** Sequences as images of one row. */
const flat = (x: tf.Tensor, axis = 1): tf.Tensor => tf.expandDims(x, axis);

/** The same stride in both directions is what TensorFlow's depthwise kernel takes; one row is passed by any. */
function flatGeometry({ stride: [step = 1], padding, dilation, groups }: Geometry): Geometry {
  return { stride: [step, step], padding: [[0, 0], ...padding], dilation: [1, ...dilation], groups };
}
