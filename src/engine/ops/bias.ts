import { withGradient } from '../autograd/gradient';
import { execute, isNative } from '../backend/rawops';
import * as tf from '../tf';

const TYPES = { T: { type: 'float32' }, data_format: { text: 'NHWC' } } as const;

/**
 * x + bias over the last axis. TensorFlow's own BiasAdd is faster than a broadcast sum, its gradient much so, and graph
 * optimisation fuses it with the product before and the activation after.
 */
export function addBias<T extends tf.Tensor>(x: T, bias: tf.Tensor1D): T {
  if (!isNative()) return tf.add<T>(x, bias);
  return withGradient<T>(
    [x, bias],
    () => ({ value: execute<T>('BiasAdd', TYPES, [x, bias]), saved: [] }),
    (dy) => [() => dy.clone(), () => execute('BiasAddGrad', TYPES, [dy])],
  );
}
