/**
 * Run by test/engine/compile/grouped.test.ts with TF_ENABLE_ONEDNN_OPTS=0: convolutions with what TensorFlow fuses them with,
 * compiled and plain. Prints the kinds that differ or fail, then how many there were.
 */
import { compile } from '../../src/engine/compile';
import { manualSeed, normal } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import * as nn from '../../src/nn';

const CHANNELS = 8;
const KINDS: Readonly<Record<string, object>> = {
  dense: {},
  dilated: { dilation: 2 },
  grouped: { groups: 2 },
  'grouped, dilated': { groups: 2, dilation: 2 },
  'grouped, strided': { groups: 2, stride: 2, padding: 1 },
  'grouped, padded': { groups: 4, padding: 2 },
  depthwise: { groups: CHANNELS, padding: 1 },
  'depthwise, dilated': { groups: CHANNELS, dilation: 2 },
  'depthwise, two each': { groups: CHANNELS, stride: 2, padding: 1, outChannels: 2 * CHANNELS },
};

type Follower = (x: tf.Tensor4D) => tf.Tensor;
const FOLLOWERS: readonly Follower[] = [
  (x) => x,
  (x) => tf.relu(x),
  (x) => tf.relu6(x),
  (x) => tf.elu(x),
  (x) => tf.leakyRelu(x),
  (x) => tf.sigmoid(x),
  (x) => tf.tanh(x),
  (x) => tf.relu(tf.add(x, tf.ones(x.shape))),
];

/** A function of images: layers of a kind, with and without bias and normalisation, each before every follower. */
function example(options: object): (x: tf.Tensor4D) => tf.Tensor[] {
  const { outChannels = CHANNELS, ...rest } = options as { outChannels?: number };
  const branches = FOLLOWERS.flatMap((follow) =>
    [true, false].flatMap((bias) => {
      const layer = new nn.Conv2d(CHANNELS, outChannels, 3, { ...rest, bias });
      const norm = new nn.BatchNorm2d(outChannels).eval();
      return [
        (x: tf.Tensor4D) => follow(layer.forward(x)),
        (x: tf.Tensor4D) => follow(norm.forward(layer.forward(x))),
      ];
    }),
  );
  return (x) => branches.map((branch) => branch(x));
}

/** The same over one axis, where an axis of length 1 lies between the convolution and its bias; and its gradients. */
function sequences(): (x: tf.Tensor4D) => tf.Tensor[] {
  const layer = new nn.Conv1d(CHANNELS, CHANNELS, 3, { groups: 2 });
  const image = new nn.Conv2d(CHANNELS, CHANNELS, 3, { groups: 2 });
  return (x) => {
    const grads = tf.grads((x: tf.Tensor, weight: tf.Tensor) => {
      const y = image.forward(x);
      return tf.sum(tf.mul(tf.relu(y), tf.sum(weight)));
    })([x, image.weight]);
    return [tf.relu(layer.forward(tf.reshape(x, [2, 81, CHANNELS]))), ...grads];
  };
}

/** The largest difference of a result from another's values, as a part of the largest of them. */
function worst(one: readonly tf.Tensor[], other: readonly tf.Tensor[]): number {
  const size = (x: tf.Tensor): number => tf.max(tf.abs(x)).dataSync()[0] ?? NaN;
  const apart = one.map((x, i) => size(tf.sub(x, other[i] as tf.Tensor)) / size(other[i] as tf.Tensor));
  return Math.max(...apart);
}

manualSeed(3);
const images = normal([2, 9, 9, CHANNELS]);
const functions = [
  ...Object.entries(KINDS).map(([kind, options]) => [kind, example(options)] as const),
  ['sequences and gradients', sequences()] as const,
];
let count = 0;
for (const [kind, body] of functions) {
  const wanted = body(images);
  for (const precision of [undefined, 'bfloat16'] as const) {
    count += 1;
    try {
      const compiled = compile(body, precision === undefined ? {} : { precision });
      const difference = worst(compiled(images), wanted);
      if (!(difference <= (precision === undefined ? 1e-5 : 0.05))) {
        console.log(`${kind}, ${precision ?? 'float32'}: ${difference}`);
      }
    } catch (error) {
      console.log(`${kind}, ${precision ?? 'float32'}: ${String(error)}`);
    }
  }
}
console.log(`${count} rows`);
