import * as tf from '../../src/engine/tf';
import { MultiHeadAttention } from '../../src/helpers/course/guide';
import * as nn from '../../src/nn';
import { type Refusal, refuses } from '../support/refusals';

/** `Cannot build …` for options that make no sense. */
const building = (rows: readonly (readonly [string, () => unknown])[]): Refusal[] =>
  rows.map(([rest, build]) => [`RangeError: Cannot build ${rest}`, build]);

const image = tf.ones([1, 4, 4, 2]);

describe('Convolutions', () => {
  const conv = (options: object, kernel: number | [number, number] = 3, channels = [2, 4]) => {
    return () => new nn.Conv2d(channels[0]!, channels[1]!, kernel, options);
  };
  const turned = (options: object, kernel: number | [number, number] = 3, channels = [2, 4]) => {
    return () => new nn.ConvTranspose2d(channels[0]!, channels[1]!, kernel, options);
  };
  for (const [name, make] of [
    ['Conv2d', conv],
    ['ConvTranspose2d', turned],
  ] as const) {
    refuses(
      building([
        [`${name}: kernelSize must be integers of at least 1, got 0, 0`, make({}, 0)],
        [`${name}: kernelSize must be integers of at least 1, got 3, 1.5`, make({}, [3, 1.5])],
        [`${name}: stride must be integers of at least 1, got 0, 1`, make({ stride: [0, 1] })],
        [`${name}: padding must be integers of at least 0, got -1, -1`, make({ padding: -1 })],
        [`${name}: dilation must be integers of at least 1, got 1, 0`, make({ dilation: [1, 0] })],
        [`${name}: inChannels must be an integer of at least 1, got 0`, make({}, 3, [0, 4])],
        [`${name}: outChannels must be an integer of at least 1, got 1.5`, make({}, 3, [2, 1.5])],
        [`${name}: groups must be an integer of at least 1, got 0`, make({ groups: 0 })],
        [
          `${name}: inChannels and outChannels must be divisible by groups 2, got 3 and 4`,
          make({ groups: 2 }, 3, [3, 4]),
        ],
        [
          `${name}: inChannels and outChannels must be divisible by groups 2, got 2 and 5`,
          make({ groups: 2 }, 3, [2, 5]),
        ],
      ]),
    );
  }
  refuses(
    building([
      ["Conv2d: padding 'same' needs stride 1, got 2, 2", conv({ stride: 2, padding: 'same' })],
      ["Conv2d: padding 'same' needs stride 1, got 1, 2", conv({ stride: [1, 2], padding: 'same' })],
      [
        'ConvTranspose2d: outputPadding must be integers of at least 0, got -1, -1',
        turned({ outputPadding: -1 }),
      ],
      [
        'ConvTranspose2d: outputPadding must be smaller than stride 1, 1 or dilation 1, 1, got 1, 1',
        turned({ outputPadding: 1 }),
      ],
      [
        'ConvTranspose2d: outputPadding must be smaller than stride 2, 1 or dilation 1, 1, got 1, 1',
        turned({ stride: [2, 1], outputPadding: 1 }),
      ],
    ]),
  );
});

const OUTPUT = "outputSize must be 2 integers of at least 1, or null for the input's own, got 0, 0";

describe('Pooling', () => {
  const atLeast = (name: string, least: number, got: string) =>
    `${name} must be integers of at least ${least}, got ${got}`;
  refuses(
    building([
      [`MaxPool2d: ${atLeast('kernelSize', 1, '0, 0')}`, () => new nn.MaxPool2d(0)],
      [`MaxPool2d: ${atLeast('stride', 1, '1, 0')}`, () => new nn.MaxPool2d(2, [1, 0])],
      [`AvgPool2d: ${atLeast('padding', 0, '-1, -1')}`, () => new nn.AvgPool2d(2, 2, { padding: -1 })],
      [`AdaptiveAvgPool2d: ${OUTPUT}`, () => new nn.AdaptiveAvgPool2d(0)],
      [`maxPool2d: ${atLeast('kernelSize', 1, '0, 0')}`, () => nn.maxPool2d(image, 0)],
      [`avgPool2d: ${atLeast('kernelSize', 1, '0, 0')}`, () => nn.avgPool2d(image, 0)],
      [`adaptiveAvgPool2d: ${OUTPUT}`, () => nn.adaptiveAvgPool2d(image, 0)],
      [
        'MaxPool2d: padding must be at most half of kernelSize 2, 2, got 2, 2',
        () => new nn.MaxPool2d(2, 2, { padding: 2 }),
      ],
      [
        'MaxPool2d: padding must be at most half of kernelSize 2, 2, got 1, 2',
        () => new nn.MaxPool2d(2, 2, { padding: [1, 2] }),
      ],
    ]),
  );
});

describe('Normalisation, embedding, dropout and recurrent layers', () => {
  const count = (name: string, got: number) => `${name} must be an integer of at least 1, got ${got}`;
  refuses(
    building([
      [`BatchNorm2d: ${count('numFeatures', 0)}`, () => new nn.BatchNorm2d(0)],
      [`LayerNorm: ${count('normalizedShape', 0)}`, () => new nn.LayerNorm([3, 0])],
      [`GroupNorm: ${count('numGroups', 0)}`, () => new nn.GroupNorm(0, 4)],
      [`GroupNorm: ${count('numChannels', 1.5)}`, () => new nn.GroupNorm(1, 1.5)],
      ['GroupNorm: numChannels must be divisible by numGroups 3, got 4', () => new nn.GroupNorm(3, 4)],
      [`Embedding: ${count('numEmbeddings', 0)}`, () => new nn.Embedding(0, 2)],
      [`Embedding: ${count('embeddingDim', 0)}`, () => new nn.Embedding(2, 0)],
      ...[3, -4, 0.5].map((paddingIdx): [string, () => unknown] => [
        `Embedding: paddingIdx must be in [-3, 2], got ${paddingIdx}`,
        () => new nn.Embedding(3, 2, { paddingIdx }),
      ]),
      ['Dropout: p must be in [0, 1], got 1.5', () => new nn.Dropout(1.5)],
      ['Dropout: p must be in [0, 1], got -0.1', () => new nn.Dropout(-0.1)],
      [`RNN: ${count('inputSize', 0)}`, () => new nn.RNN(0, 2)],
      [`GRU: ${count('hiddenSize', 0)}`, () => new nn.GRU(2, 0)],
      [`LSTM: ${count('numLayers', 0)}`, () => new nn.LSTM(2, 2, { numLayers: 0 })],
      ['LSTM: dropout must be in [0, 1], got 1.1', () => new nn.LSTM(2, 2, { dropout: 1.1 })],
      ['LSTM: dropout must be in [0, 1], got -0.1', () => new nn.LSTM(2, 2, { dropout: -0.1 })],
      [`MultiHeadAttention: ${count('the number of heads', 0)}`, () => new MultiHeadAttention(4, 0)],
      [
        'MultiHeadAttention: the width must be divisible by 4 heads, got 10',
        () => new MultiHeadAttention(10, 4),
      ],
      [
        'MultiheadAttention: the width must be divisible by 2 heads, got 3',
        () => new nn.MultiheadAttention(3, 2),
      ],
    ]),
  );
  refuses([
    [
      'RangeError: Cannot call BatchNorm1d: expected more than one value for each channel while training, got 3 in all; ' +
        'model.eval() takes the running statistics',
      () => new nn.BatchNorm1d(3).forward(tf.ones([1, 3])),
    ],
    [
      'TypeError: Cannot call GRU: expected a first state [1, 1, 3], got [2, 1, 3]',
      () => new nn.GRU(2, 3).forward(tf.ones([4, 1, 2]), tf.ones([2, 1, 3])),
    ],
    ...[new nn.PositionalEncoding(4, { maxLen: 3 }), new nn.LearnedPositions(3, 4)].map(
      (positions): Refusal => [
        `RangeError: Cannot call ${positions.typeName()}: expected sequences of at most 3 steps, got 4`,
        () => positions.forward(tf.ones([1, 4, 4])),
      ],
    ),
    [
      'TypeError: Cannot call a ModuleList: expected a loop over its modules, got a call of forward()',
      () => new nn.ModuleList([]).forward(),
    ],
  ]);
});

describe('Functions of axes', () => {
  const x = tf.ones([2, 3, 4]);
  refuses([
    ...[3, -4, 0.5].map((dim): Refusal => [
      `RangeError: Cannot call softmax: dim must be an axis of [2, 3, 4], got ${dim}`,
      () => nn.softmax(x, dim),
    ]),
    ...(
      [
        [1, 3],
        [2, 1],
        [-4, 2],
        [0, -4],
      ] as const
    ).map(([from, to]): Refusal => [
      `RangeError: Cannot call flatten: expected axes of a tensor [2, 3, 4] in their order, got ${from} to ${to}`,
      () => nn.flatten(x, from, to),
    ]),
  ]);
});

describe('Losses', () => {
  const [x, y] = [tf.ones([2, 1]), tf.ones([2])];
  const shapes = (what: string) =>
    `TypeError: Cannot call ${what}: expected a target of the input's shape [2, 1], got [2]; y.view(2, 1) arranges it so`;
  refuses([
    ...(['mseLoss', 'l1Loss', 'huberLoss', 'smoothL1Loss', 'bceWithLogits'] as const).map((what): Refusal => [
      shapes(what),
      () => nn[what](x, y),
    ]),
    [
      "TypeError: Cannot call mseLoss: expected a target of the input's shape [2], got [2, 1]; y.view(2) arranges it so",
      () => nn.mseLoss(y, x),
    ],
    [
      'RangeError: Cannot call huberLoss: delta must be above 0, got 0',
      () => nn.huberLoss(x, x, { delta: 0 }),
    ],
    [
      'RangeError: Cannot call smoothL1Loss: beta must be at least 0, got -1',
      () => nn.smoothL1Loss(x, x, { beta: -1 }),
    ],
    ...[-0.1, 1.1].map((labelSmoothing): Refusal => [
      `RangeError: Cannot call crossEntropy: labelSmoothing must be in [0, 1], got ${labelSmoothing}`,
      () => nn.crossEntropy(x, tf.zeros([2], 'int32'), { labelSmoothing }),
    ]),
    [
      'TypeError: Cannot call crossEntropy: expected for logits [2, 3, 4] a target [2, 3] of class numbers or ' +
        '[2, 3, 4] of probabilities, got [3, 2]',
      () => nn.crossEntropy(tf.ones([2, 3, 4]), tf.zeros([3, 2], 'int32')),
    ],
  ]);
});

describe('loadStateDict()', () => {
  const load = (...entries: [string, number[]][]) => {
    const state = new Map(entries.map(([name, shape]) => [name, tf.zeros(shape)]));
    return () => new nn.Linear(2, 3).loadStateDict(state);
  };
  const cannot = 'TypeError: Cannot load state into Linear:\n  ';
  refuses([
    [`${cannot}missing (2): weight, bias`, load()],
    [`${cannot}unexpected (2): a, b`, load(['weight', [3, 2]], ['bias', [3]], ['a', []], ['b', []])],
    [`${cannot}wrong shape (1): weight expected [3, 2], got [3]`, load(['weight', [3]], ['bias', [3]])],
    [
      `${cannot}wrong shape (2): weight expected [3, 2], got [3, 2, 1], bias expected [3], got [1]`,
      load(['weight', [3, 2, 1]], ['bias', [1]]),
    ],
  ]);
});
