/**
 * Run by test/engine/ops/correlate.test.ts in a process of its own, whose first gradient of a convolution in groups is one
 * that is recorded. Prints how far the recorded result and gradients are from those of the groups one by one.
 */
import { compile } from '../../src/engine/compile';
import { conv } from '../../src/engine/ops/conv';
import { manualSeed, normal } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';

const nothing: [number, number] = [0, 0];
const geometry = { stride: [1, 1], padding: [nothing, nothing], dilation: [1, 1] };

const loss = (groups: readonly (readonly [tf.Tensor, tf.Tensor])[], count: number): tf.Scalar =>
  tf.sum(tf.square(tf.concat(groups.map(([x, w]) => conv(x, w, { ...geometry, groups: count })), -1))); // prettier-ignore

const together = (x: tf.Tensor, w: tf.Tensor): tf.Tensor => loss([[x, w]], 2);
const oneByOne = (x: tf.Tensor, w: tf.Tensor): tf.Tensor => {
  const [xs, ws] = [tf.split(x, 2, -1), tf.split(w, 2, -1)];
  return loss(xs.map((part, i) => [part, ws[i] as tf.Tensor]), 1); // prettier-ignore
};

const results = (of: (x: tf.Tensor, w: tf.Tensor) => tf.Tensor) => (x: tf.Tensor, w: tf.Tensor) => {
  const { value, grads } = tf.valueAndGrads(of)([x, w]);
  return [value, ...grads];
};

manualSeed(2);
const [x, w] = [normal([2, 7, 7, 8]), normal([3, 3, 4, 6])];
const recorded = compile(results(together))(x, w);
const eager = results(together)(x, w);
const wanted = results(oneByOne)(x, w);
const apart = wanted.map((one, i) => {
  const size = tf.max(tf.abs(one)).dataSync()[0] ?? NaN;
  const of = [recorded, eager].map((all) => tf.max(tf.abs(tf.sub(all[i] as tf.Tensor, one))).dataSync()[0]);
  return Math.max(...of.map((one) => (one ?? NaN) / size));
});
console.log(JSON.stringify(apart));
