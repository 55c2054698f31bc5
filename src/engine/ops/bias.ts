import { withGradient } from '../autograd/gradient';
import { execute, isNative } from '../backend/rawops';
import * as tf from '../tf';

const TYPES = { T: { type: 'float32' }, data_format: { text: 'NHWC' } } as const;

/**
 * x + bias over the last axis. TensorFlow's own BiasAdd is faster than a broadcast sum, its gradient much so, and graph
 * optimisation fuses it with the product before and the activation after.
 */
export function addBias(x: tf.Tensor, bias: tf.Tensor1D): tf.Tensor {
  if (!isNative()) return tf.add(x, bias);
  return withGradient(
    [x, bias],
    () => ({ value: execute('BiasAdd', TYPES, [x, bias]), saved: [] }),
    (dy) => [() => dy.clone(), () => execute('BiasAddGrad', TYPES, [dy])],
  );
}
