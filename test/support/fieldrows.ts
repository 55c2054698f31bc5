/** What layers are built of, and called with, where every field of every layer is changed. */
import * as tf from '../../src/engine/tf';
import * as nn from '../../src/nn';

export const x = (...shape: number[]) => tf.add(tf.mul(tf.randomUniform(shape, -1, 1, 'float32', 5), 2), 0.1);
const ids = (...shape: number[]) => tf.randomUniform(shape, 0, 3, 'int32', 7);

/** Arguments with which most layers can be built, and inputs that most take: a new layer finds its own. */
export const ARGUMENTS: readonly (readonly unknown[])[] = [
  [],
  [4],
  [2],
  [4, 4],
  [4, 2],
  [2, 4],
  [8, 4],
  [4, 4, 3],
  [4, 4, 2],
  [[4]],
  [[2, 2]],
  [() => new nn.ReLU(), 1],
  [new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 4, dropout: 0 }), 1],
  [new nn.TransformerDecoderLayer(4, 2, { dimFeedforward: 4, dropout: 0 }), 1],
];
const SHAPES = [[3, 4], [2, 5, 4], [2, 5, 5, 4], [2, 4, 4, 4, 4], [4]]; // prettier-ignore
export const INPUTS: readonly (readonly tf.Tensor[])[] = [
  ...SHAPES.map((shape) => [x(...shape)]),
  ...SHAPES.map((shape) => [x(...shape), tf.sigmoid(x(...shape))]),
  ...SHAPES.map((shape) => [tf.sigmoid(x(...shape)), tf.sigmoid(x(...shape))]),
  [x(3, 4), ids(3)],
  [ids(2, 4)],
  [ids(2, 5)],
  [ids(5)],
  ...SHAPES.map((shape) => [x(...shape), x(...shape), x(...shape)]),
  [x(3, 4), x(3, 4), tf.tensor1d([1, -1, 1])],
];

const lengths = (...values: number[]) => tf.tensor1d(values, 'int32');
const places = (rank: number) => tf.zeros([1, 2, 2, 2].slice(0, rank + 1).concat(4), 'int32');

/** Layers that want arguments or inputs of their own. */
export const OWN: Readonly<Record<string, readonly [args: readonly unknown[], ...inputs: tf.Tensor[]]>> = {
  AdaptiveLogSoftmaxWithLoss: [[4, 10, [2, 5]], x(3, 4), ids(3)],
  CTCLoss: [[], tf.logSoftmax(x(4, 2, 3)), tf.add(ids(2, 2), lengths(1)), lengths(4, 4), lengths(2, 1)],
  Fold: [[[2, 2], 1], x(2, 4, 3)],
  FractionalMaxPool2d: [[2, { outputSize: 2, randomSamples: tf.fill([1, 4, 2], 0.4) }], x(1, 5, 5, 4)],
  FractionalMaxPool3d: [[2, { outputSize: 2, randomSamples: tf.fill([1, 4, 3], 0.4) }], x(1, 5, 5, 5, 4)],
  MaxUnpool1d: [[1], x(1, 2, 4), places(1)],
  MaxUnpool2d: [[1], x(1, 2, 2, 4), places(2)],
  MaxUnpool3d: [[1], x(1, 2, 2, 2, 4), places(3)],
  Transformer: [
    [4, 2, { numEncoderLayers: 1, numDecoderLayers: 1, dimFeedforward: 4, dropout: 0 }],
    ...[x(2, 3, 4), x(2, 3, 4)],
  ],
  Unflatten: [[1, [2, 2]], x(3, 4)],
  Upsample: [[{ scaleFactor: 2 }], x(1, 2, 2, 4)],
  UpsamplingBilinear2d: [[{ scaleFactor: 2 }], x(1, 2, 2, 4)],
  UpsamplingNearest2d: [[{ scaleFactor: 2 }], x(1, 2, 2, 4)],
};
