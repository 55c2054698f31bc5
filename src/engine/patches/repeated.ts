/**
 * TensorFlow broadcasts two tensors only where at most five stretches of axes alternate in which of them is repeated, and
 * TensorFlow.js's choice between tensors does not broadcast empty ones. Both are laid out in full where that is so.
 */
import * as tf from '../tfjs';

const MOST = 5;
const KERNELS = [
  'Add', 'Sub', 'Multiply', 'RealDiv', 'FloorDiv', 'Pow', 'Maximum', 'Minimum', 'Mod', 'Atan2', 'SquaredDifference', 'Equal',
  'NotEqual', 'Less', 'LessEqual', 'Greater', 'GreaterEqual', 'LogicalAnd', 'LogicalOr', 'BitwiseAnd',
]; // prettier-ignore

type Kernel = tf.KernelFunc;

/** How many stretches of axes there are, each with the same one of the two repeated, or neither. */
function stretches(a: readonly number[], b: readonly number[]): number {
  const rank = Math.max(a.length, b.length);
  let [count, before] = [0, ''];
  for (let i = 1; i <= rank; i++) {
    const [left, right] = [a.at(-i) ?? 1, b.at(-i) ?? 1];
    if (left === 1 && right === 1) continue;
    const kind = left === right ? 'both' : left === 1 ? 'a' : 'b';
    if (kind !== before) count++;
    before = kind;
  }
  return count;
}

/** A tensor laid out in a shape it is broadcast to. */
function laidOut(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const own = [...Array<number>(shape.length - x.rank).fill(1), ...x.shape];
  return tf.tile(
    tf.reshape(x, own),
    own.map((size, i) => (size === shape[i] ? 1 : (shape[i] ?? 1))),
  );
}

function wrap(kernelName: string, change: (own: Kernel) => Kernel): void {
  const backendName = 'tensorflow';
  const kernel = tf.getKernel(kernelName, backendName);
  if (!kernel) return;
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ ...kernel, kernelFunc: change(kernel.kernelFunc) });
}

/** Done once, when `tf` is loaded. */
export function mendBroadcasts(): void {
  for (const name of KERNELS) {
    wrap(name, (own) => (call) => {
      const { a, b } = call.inputs as { a: tf.Tensor; b: tf.Tensor };
      if (a.shape.length <= MOST && b.shape.length <= MOST) return own(call);
      if (stretches(a.shape, b.shape) <= MOST) return own(call);
      return tf.tidy(() => {
        const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
        return own({ ...call, inputs: { a: laidOut(a, shape), b: laidOut(b, shape) } }) as tf.Tensor;
      });
    });
  }
  wrap('Select', (own) => (call) => {
    const { condition, t, e } = call.inputs as Record<'condition' | 't' | 'e', tf.Tensor>;
    if (condition.size > 0 && t.size > 0 && e.size > 0) return own(call);
    const { assertAndGetBroadcastShape: both } = tf.backend_util;
    return tf.zeros(both(both(condition.shape, t.shape), e.shape), t.dtype);
  });
}
