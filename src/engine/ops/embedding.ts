import { withGradient } from '../autograd/gradient';
import * as tf from '../tf';

/**
 * Rows of a table `[n, e]` by number: ids int32 `[…]` → `[…, e]`. The gradient of a row is the sum over its uses; the
 * row `paddingIndex` gets none.
 */
export function embedding(table: tf.Tensor2D, ids: tf.Tensor, paddingIndex?: number): tf.Tensor {
  const [n = 0, width = 0] = table.shape;
  return withGradient(
    [table],
    () => ({ value: tf.gather(table, ids), saved: [ids] }),
    (dy, [used = ids]) => [
      () => {
        const rows = tf.reshape(dy, [-1, width]);
        const flat = tf.reshape(used, [-1]);
        if (paddingIndex === undefined) return tf.unsortedSegmentSum(rows, flat, n);
        const counts = tf.cast(tf.notEqual(flat, paddingIndex), 'float32');
        return tf.unsortedSegmentSum(tf.mul(rows, tf.expandDims(counts, 1)), flat, n);
      },
    ],
  );
}
