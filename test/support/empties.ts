/**
 * Run by test/engine/patches/convolutions.test.ts in a process of its own, since what it tries may end it: operations on
 * batches of no images, their values and gradients, plain and recorded. Prints the shapes, a line each.
 */
import { compile } from '../../src/engine/compile';
import * as tf from '../../src/engine/tf';

/** TensorFlow.js asks for ranks, each operation for its own. */
type Operation = (x: never, w: never) => tf.Tensor;

const image = tf.zeros([0, 6, 6, 2]);
const volume = tf.zeros([0, 4, 4, 4, 2]);
const kernel = tf.ones([3, 3, 2, 4]);

const operations: Record<string, [x: tf.Tensor, w: tf.Tensor, operation: Operation]> = {
  maxPool: [image, kernel, (x) => tf.maxPool(x, 2, 2, 'valid')],
  maxPoolSame: [image, kernel, (x) => tf.maxPool(x, 3, 2, 'same')],
  maxPool3d: [volume, kernel, (x) => tf.maxPool3d(x, 2, 2, 'valid')],
  avgPool: [image, kernel, (x) => tf.avgPool(x, 2, 2, 'valid')],
  avgPool3d: [volume, kernel, (x) => tf.avgPool3d(x, 2, 2, 'valid')],
  conv2d: [image, kernel, (x, w) => tf.conv2d(x, w, 2, 'same')],
  conv2dSpread: [image, kernel, (x, w) => tf.conv2d(x, w, 1, 'valid', 'NHWC', 2)],
  conv1d: [tf.zeros([0, 6, 2]), tf.ones([3, 2, 4]), (x, w) => tf.conv1d(x, w, 1, 'same')],
  conv3d: [volume, tf.ones([3, 3, 3, 2, 4]), (x, w) => tf.conv3d(x, w, 1, 'same')],
  conv2dTranspose: [image, tf.ones([3, 3, 4, 2]), (x, w) => tf.conv2dTranspose(x, w, [0, 12, 12, 4], 2, 'same')],
  conv3dTranspose: [volume, tf.ones([2, 2, 2, 3, 2]), (x, w) => tf.conv3dTranspose(x, w, [0, 8, 8, 8, 3], 2, 'same')],
  depthwise: [image, tf.ones([3, 3, 2, 2]), (x, w) => tf.depthwiseConv2d(x, w, 1, 'same')],
  fused: [image, kernel, (x, w) => tf.fused.conv2d({ x, filter: w, strides: 1, pad: 'same', bias: tf.ones([4]), activation: 'relu' })],
}; // prettier-ignore

for (const [name, [x, w, operation]] of Object.entries(operations)) {
  const value = (a: tf.Tensor, b: tf.Tensor): tf.Tensor[] => [operation(a as never, b as never)];
  const slopes = tf.grads((a: tf.Tensor, b: tf.Tensor) =>
    tf.add(tf.sum(operation(a as never, b as never)), tf.sum(tf.mul(b, 0))),
  );
  const gradients = (a: tf.Tensor, b: tf.Tensor): tf.Tensor[] => slopes([a, b]);
  for (const call of [value, gradients]) {
    const step = compile(call);
    step(x, w);
    const shapes = [call(x, w), step(x, w)].map((all) =>
      all.map(({ shape }) => `[${shape.join()}]`).join(' '),
    );
    const sum = tf.addN(step(x, w).map((one) => tf.sum(tf.abs(one)))).dataSync()[0];
    console.log(`${name}: ${shapes[0] === shapes[1] ? shapes[0] : shapes.join(' and ')} ${sum}`);
  }
}
