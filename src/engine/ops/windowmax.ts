/**
 * The largest of each window by operations of our own, those of backend/maxpool.cc: as PyTorch has it also of NaN and of
 * infinities, which TensorFlow's own pool leaves out. What is taken from a window's place and what is put there are each
 * other's gradients, so that there are gradients of every order.
 */
import { withGradient } from '../autograd/gradient';
import { execute } from '../backend/rawops';
import * as tf from '../tf';
import { ownOperations } from './own';

type Pair = readonly [down: number, right: number];

/** Windows over images: their size, how they move, places before the first, and how many there are. */
export interface Window2d {
  readonly kernelSize: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly lengths: Pair;
}

/** Whether `largestOf` can take this. */
export const isOwnPool = ({ dtype }: tf.Tensor): boolean => dtype === 'float32' && ownOperations();

/** The largest of each window, `[b, h, w, c]` → `[b, h', w', c]`. */
export function largestOf(x: tf.Tensor, window: Window2d): tf.Tensor {
  return withGradient(
    [x],
    () => ({ value: execute('TsdlMaxPool', attributesOf(window), [x, sizesOf(window)]), saved: [x] }),
    (dy, [x]) => [() => spread(x as tf.Tensor, dy, window)],
  );
}

/** What stands for each window, put to the place of its largest. */
function spread(x: tf.Tensor, dy: tf.Tensor, window: Window2d): tf.Tensor {
  return withGradient(
    [dy],
    () => ({ value: execute('TsdlMaxPoolSpread', attributesOf(window), [x, dy]), saved: [x] }),
    (next, [x]) => [() => pick(x as tf.Tensor, next, window)],
  );
}

/** What stands at the place of each window's largest. */
function pick(x: tf.Tensor, values: tf.Tensor, window: Window2d): tf.Tensor {
  const inputs = [x, values, sizesOf(window)];
  return withGradient(
    [values],
    () => ({ value: execute('TsdlMaxPoolPick', attributesOf(window), inputs), saved: [x] }),
    (next, [x]) => [() => spread(x as tf.Tensor, next, window)],
  );
}

const attributesOf = ({ kernelSize, stride, padding }: Window2d) => ({
  window: { ints: [...kernelSize, ...stride, ...padding] },
});

/** The number of windows as a shape, by which TensorFlow knows that of the result. */
const sizesOf = ({ lengths }: Window2d): tf.Tensor => tf.zeros([...lengths, 0]);
