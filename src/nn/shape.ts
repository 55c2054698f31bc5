/** Shapes: where channels-last tensors meet PyTorch's channels-first order. */
import * as tf from '../engine/tf';

/**
 * Flattens all axes after the batch: `[b, …]` → `[b, n]`. Images `[b, h, w, c]` and volumes `[b, d, h, w, c]` are read in
 * PyTorch's order (channel, depth, row, column), so that a linear layer after a convolution takes PyTorch's weights
 * unchanged. Sequences are read as they stand: after a `Conv1d`, `x.transpose(1, 2)` brings them into PyTorch's order.
 * @throws RangeError unless there are two axes or more
 */
export function flatten(x: tf.Tensor): tf.Tensor2D;
/**
 * Flattens the axes from `startDim` to `endDim` (inclusive; negative ones count from the end) into one. For images
 * and volumes the axes are PyTorch's, `[b, c, h, w]`.
 * @throws RangeError unless these are axes, in this order
 */
export function flatten(x: tf.Tensor, startDim: number, endDim: number): tf.Tensor;
export function flatten(x: tf.Tensor, startDim = 1, endDim = -1): tf.Tensor {
  const spatial = Array.from({ length: Math.max(x.rank - 2, 0) }, (_, i) => i + 1);
  const ordered = x.rank === 4 || x.rank === 5 ? tf.transpose(x, [0, x.rank - 1, ...spatial]) : x;
  const shape = ordered.shape;
  const [start, end] = [startDim, endDim].map((dim) => (dim < 0 ? dim + x.rank : dim)) as [number, number];
  if (!(start >= 0 && start <= end && end < x.rank)) {
    throw new RangeError(
      `Cannot call flatten: expected axes of a tensor [${x.shape.join(', ')}] in their order, ` +
        `got ${startDim} to ${endDim}`,
    );
  }
  return tf.reshape(ordered, [...shape.slice(0, start), -1, ...shape.slice(end + 1)]);
}
