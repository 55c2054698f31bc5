import assert from 'node:assert/strict';

import { compile } from '../../src/engine/compile';
import * as tf from '../../src/engine/tf';
import * as nn from '../../src/nn';
import { gramMatrix, totalVariation } from '../../src/nn/style';
import { compared, functionRows, layerRows, lossRows, shapeless } from '../support/cases/misfits';
import { images, type Row, sequences, TYPE, whole, x } from '../support/misfits';
import { type Refusal, refuses } from '../support/refusals';
import { spatialRows } from '../support/spatialmisfits';

/** Without the last row: one sequence without its batch axis is taken. */
const many = (list: Row[]): Row[] => list.slice(0, -1);

function recurrent(make: (options: { batchFirst?: boolean }) => nn.LSTM | nn.GRU | nn.RNN): Row[] {
  const [layer, turned] = [make({}), make({ batchFirst: true })];
  const wrong = { lengths: tf.tensor1d([1, 2, 3], 'int32') };
  return [
    ...many(sequences(3, (input) => layer.forward(input), 't, b')),
    ...many(sequences(3, (input) => turned.forward(input))),
    ['3 features in the last axis [..., 3], got [5, 4]', () => layer.forward(x(5, 4))],
    ['sequences of at least one step, got [0, 2, 3]', () => layer.forward(x(0, 2, 3))],
    ['lengths [2], got [3]', () => layer.forward(x(4, 2, 3), undefined, wrong)],
    ['lengths [2], got [3]', () => turned.forward(x(2, 4, 3), undefined, wrong)],
    ...[5, 0].map((n): Row => [
      `lengths from 1 to 4, the steps, got ${n}`,
      () => layer.forward(x(4, 2, 3), undefined, { lengths: tf.tensor1d([1, n], 'int32') }),
      'RangeError',
    ]),
  ];
}

/** What losses of classes say. */
function classified(call: typeof nn.crossEntropy | typeof nn.nllLoss, or: (shape: string) => string): Row[] {
  const logits = (shape: string, target: string) =>
    `for logits [${shape}] a target [${target}] of class numbers${or(shape)}`;
  const weight = tf.ones([4]);
  return [
    [`${logits('2, 3', '2')}, got [3]`, () => call(x(2, 3), whole(3))],
    [
      `${logits('2, 3, 8, 8', '2, 3, 8')}, got [2, 8, 8]; logits.permute(0, 2, 3, 1) puts the classes last`,
      () => call(x(2, 3, 8, 8), whole(2, 8, 8)),
    ],
    [
      `${logits('2, 3, 5', '2, 3')}, got [2, 5]; logits.permute(0, 2, 1) puts the classes last`,
      () => call(x(2, 3, 5), whole(2, 5)),
    ],
    ['weight [3], got [4]', () => call(x(2, 3), whole(2), { weight })],
  ];
}

const attention = (query: tf.Tensor, key: tf.Tensor, value: tf.Tensor, attnMask?: tf.Tensor) => () =>
  nn.scaledDotProductAttention(query, key, value, { attnMask });
const parts = 'query [..., t, d], key [..., s, d] and value [..., s, e], got';

const heads = new nn.MultiheadAttention(4, 2, { batchFirst: true });
const turned = new nn.MultiheadAttention(4, 2);
const sized = new nn.MultiheadAttention(4, 2, { kdim: 6, vdim: 3, batchFirst: true, addZeroAttn: true });
const attend = (query: tf.Tensor, key: tf.Tensor, value = key, masks: nn.MaskOptions = {}) => {
  return () => heads.forward(query, key, value, masks);
};
const masked = (masks: nn.MaskOptions) => attend(x(2, 3, 4), x(2, 5, 4), undefined, masks);

const encoder = new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 8, batchFirst: true });
const early = new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 8, normFirst: true });
const decoder = new nn.TransformerDecoderLayer(4, 2, { dimFeedforward: 8, batchFirst: true });

const clusters = new nn.AdaptiveLogSoftmaxWithLoss(4, 10, [2, 5]);
const linear = new nn.Linear(12, 3);

const rows: Record<string, Row[]> = {
  ...layerRows,
  ...lossRows,
  Linear: [
    ['12 features in the last axis [..., 12], got [12, 5]', () => linear.forward(x(12, 5))],
    ['12 features in the last axis [..., 12], got []', () => linear.forward(tf.scalar(1))],
    [
      '12 features in the last axis [..., 12], got [5, 2, 2, 3]; nn.flatten(x) joins the axes after the batch',
      () => linear.forward(x(5, 2, 2, 3)),
    ],
  ],
  linear: [
    ['12 features in the last axis [..., 12], got [5, 3]', () => nn.linear(x(5, 3), x(3, 12))],
    ['[out, in], got [12]', () => nn.linear(x(5, 12), x(12))],
    ['bias [3], got [12]', () => nn.linear(x(5, 12), x(3, 12), x(12))],
  ],
  ...spatialRows,
  Conv2d: [
    ...(spatialRows.Conv2d ?? []),
    [
      'images [b, h, w, c] with 1 channel last (NHWC), got [2, 8, 8]; x.unsqueeze(-1) adds the channel',
      () => new nn.Conv2d(1, 6, 3).forward(x(2, 8, 8)),
    ],
    [
      'images [b, h, w, c] of at least 3 by 5 pixels, got [1, 2, 8, 3]',
      () => new nn.Conv2d(3, 6, [3, 3], { dilation: [1, 2] }).forward(x(1, 2, 8, 3)),
    ],
    [
      'images [b, h, w, c] of at least 1 by 5 pixels, got [1, 1, 4, 3]',
      () => new nn.Conv2d(3, 6, [3, 5], { padding: [1, 0] }).forward(x(1, 1, 4, 3)),
    ],
  ],
  BatchNorm2d: images(3, (input) => new nn.BatchNorm2d(3).forward(input)),
  BatchNorm1d: [
    ['features [b, 3] or sequences [b, t, 3], got [2, 4]', () => new nn.BatchNorm1d(3).forward(x(2, 4))],
    ['features [b, 3] or sequences [b, t, 3], got [3]', () => new nn.BatchNorm1d(3).forward(x(3))],
    [
      "features [b, 3] or sequences [b, t, 3], got [2, 3, 5]; x.transpose(1, 2) turns PyTorch's order",
      () => new nn.BatchNorm1d(3).forward(x(2, 3, 5)),
    ],
    [TYPE, () => new nn.BatchNorm1d(3).forward(whole(2, 3))],
  ],
  GroupNorm: [
    ...images(4, (input) => new nn.GroupNorm(2, 4).forward(input)).slice(0, 2),
    ['channels last [b, ..., 4], got [4, 8, 8]', () => new nn.GroupNorm(2, 4).forward(x(4, 8, 8))],
    ['channels last [b, ..., 4], got [4]', () => new nn.GroupNorm(2, 4).forward(x(4))],
    [TYPE, () => new nn.GroupNorm(2, 4).forward(whole(2, 4))],
  ],
  LayerNorm: [
    ['last axes [..., 3], got [3, 4]', () => new nn.LayerNorm(3).forward(x(3, 4))],
    ['last axes [..., 3], got []', () => new nn.LayerNorm(3).forward(tf.scalar(1))],
    ['last axes [..., 2, 3], got [5, 3]', () => new nn.LayerNorm([2, 3]).forward(x(5, 3))],
    ['last axes [..., 2, 3], got [3]', () => new nn.LayerNorm([2, 3]).forward(x(3))],
  ],
  Embedding: [
    ['ids int32, got float32; ids.int() makes them so', () => new nn.Embedding(5, 3).forward(x(2, 4))],
  ],
  LSTM: recurrent((options) => new nn.LSTM(3, 2, options)),
  GRU: recurrent((options) => new nn.GRU(3, 2, options)),
  RNN: recurrent((options) => new nn.RNN(3, 2, options)),
  MultiheadAttention: [
    ...many(sequences(4, (input) => heads.forward(input, input, input), 'b, t', 'query')),
    ...many(sequences(4, (input) => turned.forward(input, input, input), 't, b', 'query')),
    ['key [3, 4], got [3, 5]', attend(x(3, 4), x(3, 5))],
    ['key [2, 4], got [2, 3, 4]', attend(x(3, 4), x(2, 3, 4))],
    ['value [5, 4], got [3, 4]', attend(x(2, 4), x(5, 4), x(3, 4))],
    ['keyPaddingMask [5], got [1, 5]', attend(x(2, 4), x(5, 4), undefined, { keyPaddingMask: x(1, 5) })],
    ['attnMask [2, 3, 5], got [4, 3, 5]', attend(x(3, 4), x(5, 4), undefined, { attnMask: x(4, 3, 5) })],
    ['key [b, t, 6], got [2, 5, 4]', () => sized.forward(x(2, 3, 4), x(2, 5, 4), x(2, 5, 3))],
    ['value [2, 5, 3], got [2, 5, 6]', () => sized.forward(x(2, 3, 4), x(2, 5, 6), x(2, 5, 6))],
    ['key [b, t, 4], got [2, 5, 3]', attend(x(2, 5, 4), x(2, 5, 3))],
    ['key [2, 5, 4], got [1, 5, 4]', attend(x(2, 3, 4), x(1, 5, 4))],
    ['value [2, 5, 4], got [2, 3, 4]', attend(x(2, 3, 4), x(2, 5, 4), x(2, 3, 4))],
    ['key [5, 2, 4], got [5, 3, 4]', () => turned.forward(x(3, 2, 4), x(5, 3, 4), x(5, 3, 4))],
    ['keyPaddingMask [2, 5], got [2, 3]', masked({ keyPaddingMask: tf.zeros([2, 3], 'bool') })],
    ['attnMask [3, 5], got [3, 3]', masked({ attnMask: x(3, 3) })],
    ['attnMask [4, 3, 5], got [2, 3, 5]', masked({ attnMask: x(2, 3, 5) })],
  ],
  scaledDotProductAttention: [
    [`${parts} [2, 4], [3, 5], [3, 4]`, attention(x(2, 4), x(3, 5), x(3, 4))],
    [`${parts} [2, 4], [3, 4], [2, 4]`, attention(x(2, 4), x(3, 4), x(2, 4))],
    [`${parts} [1, 2, 4], [3, 4], [3, 4]`, attention(x(1, 2, 4), x(3, 4), x(3, 4))],
    [`${parts} [4], [4], [4]`, attention(x(4), x(4), x(4))],
    ['attnMask that broadcasts to [2, 3], got [3, 2]', attention(x(2, 4), x(3, 4), x(3, 4), x(3, 2))],
    ['attnMask that broadcasts to [2, 3], got [1, 2, 3]', attention(x(2, 4), x(3, 4), x(3, 4), x(1, 2, 3))],
  ],
  TransformerEncoderLayer: [
    ...many(sequences(4, (input) => encoder.forward(input))),
    ...many(sequences(4, (input) => early.forward(input), 't, b')),
    ['4 features in the last axis [..., 4], got [5, 3]', () => encoder.forward(x(5, 3))],
  ],
  TransformerDecoderLayer: [
    ...many(sequences(4, (input) => decoder.forward(input, x(2, 5, 4)))),
    ...many(sequences(4, (memory) => decoder.forward(x(2, 5, 4), memory), 'b, t', 'memory')),
  ],
  PositionalEncoding: sequences(4, (input) => new nn.PositionalEncoding(4).forward(input)),
  LearnedPositions: sequences(4, (input) => new nn.LearnedPositions(6, 4).forward(input)),
  flatten: [['axes of a tensor [3] in their order, got 1 to -1', () => nn.flatten(x(3)), 'RangeError']],
  softmax: [[TYPE, () => nn.softmax(whole(2, 3))]],
  logSoftmax: [[TYPE, () => nn.logSoftmax(whole(2, 3), 0)]],
  crossEntropy: [
    ...classified(nn.crossEntropy, (shape) => ` or [${shape}] of probabilities`),
    [
      'for logits [2, 3] a target [2] of class numbers or [2, 3] of probabilities, got [2, 4]',
      () => nn.crossEntropy(x(2, 3), x(2, 4)),
    ],
    ['float32, got int32; logits.float() makes it so', () => nn.crossEntropy(whole(2, 3), whole(2))],
    ['float32, got int32; target.float() makes it so', () => nn.crossEntropy(x(2, 3), whole(2, 3))],
  ],
  AdaptiveLogSoftmaxWithLoss: [
    ['[b, 4] or [4], got [2, 3, 4]', () => clusters.forward(x(2, 3, 4), whole(2, 3))],
    ['4 features in the last axis [..., 4], got [2, 3]', () => clusters.forward(x(2, 3), whole(2))],
    ['target [2], got [3]', () => clusters.forward(x(2, 4), whole(3))],
    [
      'classes from 0 to 9, got 10',
      () => clusters.forward(x(2, 4), tf.tensor1d([9, 10], 'int32')),
      'RangeError',
    ],
  ],
  nllLoss: classified(nn.nllLoss, () => ''),
  mseLoss: compared(nn.mseLoss),
  l1Loss: compared(nn.l1Loss),
  huberLoss: compared(nn.huberLoss),
  smoothL1Loss: compared(nn.smoothL1Loss),
  binaryCrossEntropy: [
    ...compared(nn.binaryCrossEntropy),
    [
      'weight that broadcasts to [2, 3], got [2]',
      () => nn.binaryCrossEntropy(x(2, 3), x(2, 3), { weight: x(2) }),
    ],
  ],
  bceWithLogits: [
    ...compared(nn.bceWithLogits),
    ['weight that broadcasts to [2, 3], got [2]', () => nn.bceWithLogits(x(2, 3), x(2, 3), { weight: x(2) })],
    [
      'posWeight that broadcasts to [2, 3], got [4]',
      () => nn.bceWithLogits(x(2, 3), x(2, 3), { posWeight: x(4) }),
    ],
  ],
  gramMatrix: [
    ['[b, h, w, c], got [8, 8, 3]', () => gramMatrix(x(8, 8, 3))],
    ['one picture [1, h, w, c], got [2, 8, 8, 3]', () => gramMatrix(x(2, 8, 8, 3))],
  ],
  totalVariation: [['[b, h, w, c], got [8, 8, 3]', () => totalVariation(x(8, 8, 3))]],
};

/** Layers that leave the refusal to a part of theirs, or to their function: which one. */
const passedOn: Record<string, readonly [by: string, call: () => unknown]> = {
  ...functionRows,
  Sequential: ['Conv2d', () => new nn.Sequential(new nn.Conv2d(3, 6, 3)).forward(x(2, 3, 8, 8))],
  Flatten: ['flatten', () => new nn.Flatten().forward(x(3))],
  Softmax: ['softmax', () => new nn.Softmax().forward(whole(3))],
  LogSoftmax: ['logSoftmax', () => new nn.LogSoftmax().forward(whole(3))],
  TransformerEncoder: [
    'TransformerEncoderLayer',
    () => new nn.TransformerEncoder(() => encoder, 1).forward(x(2, 5, 7)),
  ],
  TransformerDecoder: [
    'TransformerDecoderLayer',
    () => new nn.TransformerDecoder(() => decoder, 1).forward(x(2, 5, 4), x(2, 5, 7)),
  ],
};

/** What takes tensors of every shape, element by element. */
const everyShape: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  ...shapeless,
  ...Object.fromEntries(
    [nn.ELU, nn.GELU, nn.LeakyReLU, nn.ReLU, nn.SiLU, nn.Sigmoid, nn.Tanh, nn.Dropout].map((Layer) => {
      const layer = new Layer();
      return [Layer.name, (input: tf.Tensor) => layer.forward(input)];
    }),
  ),
  elu: nn.elu,
  gelu: nn.gelu,
  leakyRelu: nn.leakyRelu,
  silu: nn.silu,
};

/** What is no layer, or takes no tensors that could have a wrong shape. */
const noInput = [
  ...['KeyValueCache', 'DecoderCache'],
  ...['Module', 'ModuleDict', 'ModuleList', 'ParameterDict', 'ParameterList', 'buffer', 'parameter'],
  ...['sinusoidalPositions', 'withMode'],
];

describe('What layers and functions say of inputs that do not fit', () => {
  for (const [name, list] of Object.entries(rows)) {
    refuses(
      list.map(([rest, call, kind = 'TypeError']): Refusal => [
        `${kind}: Cannot call ${name}: expected ${rest}`,
        call,
      ]),
    );
  }

  for (const [name, [by, call]] of Object.entries(passedOn)) {
    it(`${name} leaves it to ${by}`, () => {
      assert.throws(call, new RegExp(`^(Type|Range)Error: Cannot call ${by}: expected `));
    });
  }

  for (const [name, call] of Object.entries(everyShape)) {
    it(`${name} takes every shape`, () => {
      for (const shape of [[], [3], [2, 3], [2, 3, 1, 2, 2]]) {
        assert.deepEqual(call(tf.ones(shape)).shape, shape);
      }
    });
  }

  it('has a row for all that nn exports', () => {
    const known = [rows, passedOn, everyShape].flatMap((table) => Object.keys(table)).concat(noInput);
    const exported = Object.entries(nn).flatMap(([name, value]) =>
      typeof value === 'function' ? [name] : [],
    );
    assert.deepEqual(
      exported.filter((name) => !known.includes(name)),
      [],
    );
  });

  it('goes on while a step is recorded', () => {
    const conv = new nn.Conv2d(3, 6, 3);
    const step = compile((input: tf.Tensor) => conv.forward(input));
    assert.deepEqual(step(x(1, 8, 8, 3)).shape, [1, 6, 6, 6]);
    assert.throws(
      () => step(x(1, 3, 8, 8)),
      /Cannot call Conv2d: expected images \[b, h, w, c\] with 3 channels/,
    );
  });
});
