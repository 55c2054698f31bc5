/** What layers and losses that have no other home say of inputs that do not fit: for test/nn/fitting.test.ts. */
import * as tf from '../../../src/engine/tf';
import * as nn from '../../../src/nn';
import { type Row, TYPE, whole, x } from '../misfits';

type Loss = (input: tf.Tensor, target: tf.Tensor) => unknown;

/** What losses between numbers say. */
export const compared = (call: Loss): Row[] => [
  ["a target of the input's shape [2, 3], got [3, 2]", () => call(x(2, 3), x(3, 2))],
  ["a target of the input's shape [2, 1], got [2]; y.view(2, 1) arranges it so", () => call(x(2, 1), x(2))],
];

const typed = (call: Loss): Row[] => [...compared(call), [TYPE, () => call(whole(2, 3), x(2, 3))]];

const bag = (ids: tf.Tensor, inputs?: nn.BagInputs) => new nn.EmbeddingBag(5, 3).forward(ids, inputs);
const BAGS = 'ids [b, n], or [n] and offsets [b], got';

const cells = (Cell: typeof nn.LSTMCell | typeof nn.GRUCell | typeof nn.RNNCell): Row[] => {
  const cell = new Cell(3, 2);
  const state = (h: tf.Tensor) => (cell instanceof nn.LSTMCell ? [h, h] : h) as never;
  return [
    ['3 features in the last axis [..., 3], got [4, 2]', () => cell.forward(x(4, 2))],
    ['input [8, 3], got [2, 4, 3]', () => cell.forward(x(2, 4, 3))],
    ['state [4, 2], got [4, 3]', () => cell.forward(x(4, 3), state(x(4, 3)))],
  ];
};

const instance = (Norm: new (channels: number) => nn.Layer, places: string, shape: number[]): Row[] => {
  const expected = `[b, ${places}, 3] or [${places}, 3], channels last`;
  return [
    [`${expected}, got [2, 2]`, () => new Norm(3).forward(x(2, 2))],
    [`${expected}, got [${[2, ...shape, 4].join(', ')}]`, () => new Norm(3).forward(x(2, ...shape, 4))],
    [TYPE, () => new Norm(3).forward(whole(2, ...shape, 3))],
    [
      'more than one place for each channel while training, got 1',
      () => new Norm(3).forward(x(2, ...shape.map(() => 1), 3)),
      'RangeError',
    ],
  ];
};

const logProbs = tf.logSoftmax(x(4, 2, 3));
const ctc =
  (targets: tf.Tensor, lengths: number[], counts: number[], options = {}) =>
  () =>
    nn.ctcLoss(logProbs, targets, lengths, counts, options);

const three = (call: (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) => unknown): Row[] => [
  ["a target of the input's shape [2, 3], got [3, 3]", () => call(x(2, 3), x(3, 3), x(2, 3))],
  ["a target of the input's shape [2, 3], got [2, 4]", () => call(x(2, 3), x(2, 3), x(2, 4))],
];

const dropped = (axes: number): string => `a batch of ${axes} axes a sample, channels last`;

export const layerRows: Record<string, Row[]> = {
  BatchNorm3d: [
    ['volumes [b, d, h, w, 3], got [2, 4, 4, 3]', () => new nn.BatchNorm3d(3).forward(x(2, 4, 4, 3))],
    [
      "volumes [b, d, h, w, 3], got [2, 3, 4, 4, 4]; x.permute(0, 2, 3, 4, 1) turns PyTorch's order",
      () => new nn.BatchNorm3d(3).forward(x(2, 3, 4, 4, 4)),
    ],
    [TYPE, () => new nn.BatchNorm3d(3).forward(whole(2, 2, 2, 2, 3))],
  ],
  InstanceNorm1d: instance(nn.InstanceNorm1d, 't', [4]),
  InstanceNorm2d: instance(nn.InstanceNorm2d, 'h, w', [4, 4]),
  InstanceNorm3d: instance(nn.InstanceNorm3d, 'd, h, w', [2, 4, 4]),
  RMSNorm: [
    ['last axes [..., 3], got [3, 4]', () => new nn.RMSNorm(3).forward(x(3, 4))],
    [TYPE, () => new nn.RMSNorm(3).forward(whole(2, 3))],
  ],
  localResponseNorm: [
    ['channels last [b, ..., c] of three axes or more, got [2, 3]', () => nn.localResponseNorm(x(2, 3), 2)],
    [TYPE, () => nn.localResponseNorm(whole(2, 3, 3), 2)],
  ],
  bilinear: [
    ['a weight [out, in1, in2], got [2, 3]', () => nn.bilinear(x(4, 2), x(4, 3), x(2, 3))],
    [
      '2 features in the last axis [..., 2], got [4, 3]',
      () => new nn.Bilinear(2, 3, 1).forward(x(4, 3), x(4, 3)),
    ],
    ['x2 [4, 3], got [5, 3]', () => new nn.Bilinear(2, 3, 1).forward(x(4, 2), x(5, 3))],
  ],
  embedding: [
    ['ids int32, got float32; ids.int() makes them so', () => nn.embedding(x(2), x(5, 3))],
    [
      'a variable as weight with maxNorm, got a tensor',
      () => nn.embedding(whole(2), x(5, 3), { maxNorm: 1 }),
    ],
  ],
  EmbeddingBag: [
    ['ids int32, got float32; ids.int() makes them so', () => bag(x(2, 4))],
    [`${BAGS} [4]`, () => bag(whole(4))],
    [`${BAGS} [2, 2, 2]`, () => bag(whole(2, 2, 2))],
  ],
  embeddingBag: [
    [
      'perSampleWeights [2, 4], got [4]',
      () => nn.embeddingBag(whole(2, 4), x(5, 3), { mode: 'sum', perSampleWeights: x(4) }),
    ],
  ],
  LSTMCell: cells(nn.LSTMCell),
  GRUCell: cells(nn.GRUCell),
  RNNCell: cells(nn.RNNCell),
  prelu: [['weight [3], got [2]', () => nn.prelu(x(2, 3), x(2))]],
  PReLU: [[TYPE, () => new nn.PReLU().forward(whole(2, 3))]],
  glu: [['an even size along axis -1, got [2, 3]', () => nn.glu(x(2, 3))]],
  softmin: [[TYPE, () => nn.softmin(whole(2, 3))]],
  Softmax2d: [
    [
      'images [b, h, w, c] with channels last (NHWC), got [8, 8, 3]; x.unsqueeze(0) makes a batch of one image',
      () => new nn.Softmax2d().forward(x(8, 8, 3)),
    ],
  ],
  dropout1d: [[`${dropped(2)}, got [2, 3]`, () => nn.dropout1d(x(2, 3))]],
  dropout2d: [[`${dropped(3)}, got [2, 3]`, () => nn.dropout2d(x(2, 3))]],
  dropout3d: [[`${dropped(4)}, got [2, 3]`, () => nn.dropout3d(x(2, 3))]],
  unflatten: [
    ['an axis of a tensor [4, 6], got 2', () => nn.unflatten(x(4, 6), 2, [2, 3]), 'RangeError'],
    ['sizes that make 6 together, got [2, 2]', () => nn.unflatten(x(4, 6), 1, [2, 2])],
    ['sizes that make 6 together, got [-1, 4]', () => nn.unflatten(x(4, 6), 1, [-1, 4])],
  ],
  cosineSimilarity: [
    ['float32, got int32; x1.float() makes it so', () => nn.cosineSimilarity(whole(2, 3), x(2, 3))],
    ['x2 that broadcasts to [2, 3], got [2, 4]', () => nn.cosineSimilarity(x(2, 3), x(2, 4))],
  ],
  pairwiseDistance: [
    ['x2 that broadcasts to [2, 3], got [4, 3]', () => nn.pairwiseDistance(x(2, 3), x(4, 3))],
  ],
  pdist: [['[n, c], got [3]', () => nn.pdist(x(3))]],
  normalize: [[TYPE, () => nn.normalize(whole(2, 3))]],
};

export const lossRows: Record<string, Row[]> = {
  klDiv: typed(nn.klDiv),
  poissonNllLoss: typed(nn.poissonNllLoss),
  hingeEmbeddingLoss: typed(nn.hingeEmbeddingLoss),
  softMarginLoss: typed(nn.softMarginLoss),
  multilabelSoftMarginLoss: [
    ...typed(nn.multilabelSoftMarginLoss),
    ['weight [3], got [2]', () => nn.multilabelSoftMarginLoss(x(2, 3), x(2, 3), { weight: x(2) })],
  ],
  multilabelMarginLoss: [
    ...typed(nn.multilabelMarginLoss),
    ['logits [b, k] or [k], got [2, 3, 4]', () => nn.multilabelMarginLoss(x(2, 3, 4), whole(2, 3, 4))],
  ],
  multiMarginLoss: [
    ['logits [b, k] or [k], got [2, 3, 4]', () => nn.multiMarginLoss(x(2, 3, 4), whole(2))],
    ['y [2], got [3]', () => nn.multiMarginLoss(x(2, 3), whole(3))],
    ['weight [3], got [4]', () => nn.multiMarginLoss(x(2, 3), whole(2), { weight: x(4) })],
  ],
  marginRankingLoss: three(nn.marginRankingLoss),
  tripletMarginLoss: three(nn.tripletMarginLoss),
  tripletMarginWithDistanceLoss: three(nn.tripletMarginWithDistanceLoss),
  cosineEmbeddingLoss: [
    ['[b, c] or [c], got [2, 3, 4]', () => nn.cosineEmbeddingLoss(x(2, 3, 4), x(2, 3, 4), x(2))],
    ['y [2], got [3]', () => nn.cosineEmbeddingLoss(x(2, 3), x(2, 3), x(3))],
  ],
  gaussianNllLoss: [
    [
      'a variance for each element or row of [2, 3], got [3]',
      () => nn.gaussianNllLoss(x(2, 3), x(2, 3), x(3)),
    ],
    [TYPE, () => nn.gaussianNllLoss(whole(2, 3), x(2, 3), 1)],
  ],
  ctcLoss: [
    ['[t, b, k], got [4]', () => nn.ctcLoss(x(4), whole(2, 2), [4, 4], [2, 2])],
    ['targets int32, got float32; targets.int() makes them so', ctc(x(2, 2), [4, 4], [2, 2])],
    ['targets [2, s], got [3, 2]', ctc(whole(3, 2), [4, 4], [2, 2])],
    ['inputLengths of 2 sequences, got 1', ctc(whole(2, 2), [4], [2, 2])],
    ['inputLengths from 0 to 4, got 5', ctc(whole(2, 2), [4, 5], [2, 2]), 'RangeError'],
    ['targetLengths from 0 to 2, got 3', ctc(whole(2, 2), [4, 4], [2, 3]), 'RangeError'],
    ['blank to be one of 3 classes, got 3', ctc(whole(2, 2), [4, 4], [2, 2], { blank: 3 }), 'RangeError'],
    ['4 labels for targetLengths 2, 2, got [3]', ctc(whole(3), [4, 4], [2, 2])],
  ],
};

const loss =
  (Loss: new () => nn.Module, ...inputs: tf.Tensor[]) =>
  () =>
    (new Loss() as unknown as { forward: (...args: tf.Tensor[]) => unknown }).forward(...inputs);

/** Modules that leave the refusal to their function. */
export const functionRows: Record<string, readonly [by: string, call: () => unknown]> = {
  Bilinear: ['bilinear', () => new nn.Bilinear(2, 3, 1).forward(x(4, 3), x(4, 3))],
  GLU: ['glu', () => new nn.GLU().forward(x(2, 3))],
  Softmin: ['softmin', () => new nn.Softmin().forward(whole(2, 3))],
  LocalResponseNorm: ['localResponseNorm', () => new nn.LocalResponseNorm(2).forward(x(2, 3))],
  Unflatten: ['unflatten', () => new nn.Unflatten(1, [2, 2]).forward(x(4, 6))],
  Dropout1d: ['dropout1d', () => new nn.Dropout1d().forward(x(2, 3))],
  Dropout2d: ['dropout2d', () => new nn.Dropout2d().forward(x(2, 3))],
  Dropout3d: ['dropout3d', () => new nn.Dropout3d().forward(x(2, 3))],
  CosineSimilarity: ['cosineSimilarity', () => new nn.CosineSimilarity().forward(x(2, 3), x(2, 4))],
  PairwiseDistance: ['pairwiseDistance', () => new nn.PairwiseDistance().forward(x(2, 3), x(4, 3))],
  Transformer: [
    'TransformerEncoderLayer',
    () =>
      new nn.Transformer(4, 2, { numEncoderLayers: 1, dimFeedforward: 4 }).forward(x(2, 5, 7), x(2, 5, 4)),
  ],
  L1Loss: ['l1Loss', loss(nn.L1Loss, x(2, 3), x(3, 2))],
  MSELoss: ['mseLoss', loss(nn.MSELoss, x(2, 3), x(3, 2))],
  HuberLoss: ['huberLoss', loss(nn.HuberLoss, x(2, 3), x(3, 2))],
  SmoothL1Loss: ['smoothL1Loss', loss(nn.SmoothL1Loss, x(2, 3), x(3, 2))],
  BCELoss: ['binaryCrossEntropy', loss(nn.BCELoss, x(2, 3), x(3, 2))],
  BCEWithLogitsLoss: ['bceWithLogits', loss(nn.BCEWithLogitsLoss, x(2, 3), x(3, 2))],
  CrossEntropyLoss: ['crossEntropy', loss(nn.CrossEntropyLoss, x(2, 3), whole(3))],
  NLLLoss: ['nllLoss', loss(nn.NLLLoss, x(2, 3), whole(3))],
  KLDivLoss: ['klDiv', loss(nn.KLDivLoss, x(2, 3), x(3, 2))],
  PoissonNLLLoss: ['poissonNllLoss', loss(nn.PoissonNLLLoss, x(2, 3), x(3, 2))],
  GaussianNLLLoss: ['gaussianNllLoss', loss(nn.GaussianNLLLoss, x(2, 3), x(2, 3), x(3))],
  HingeEmbeddingLoss: ['hingeEmbeddingLoss', loss(nn.HingeEmbeddingLoss, x(2, 3), x(3, 2))],
  SoftMarginLoss: ['softMarginLoss', loss(nn.SoftMarginLoss, x(2, 3), x(3, 2))],
  MultiMarginLoss: ['multiMarginLoss', loss(nn.MultiMarginLoss, x(2, 3), whole(3))],
  MultiLabelMarginLoss: ['multilabelMarginLoss', loss(nn.MultiLabelMarginLoss, x(2, 3), x(3, 2))],
  MultiLabelSoftMarginLoss: ['multilabelSoftMarginLoss', loss(nn.MultiLabelSoftMarginLoss, x(2, 3), x(3, 2))],
  MarginRankingLoss: ['marginRankingLoss', loss(nn.MarginRankingLoss, x(2, 3), x(3, 3), x(2, 3))],
  CosineEmbeddingLoss: ['cosineEmbeddingLoss', loss(nn.CosineEmbeddingLoss, x(2, 3), x(2, 3), x(3))],
  TripletMarginLoss: ['tripletMarginLoss', loss(nn.TripletMarginLoss, x(2, 3), x(3, 3), x(2, 3))],
  TripletMarginWithDistanceLoss: [
    'tripletMarginWithDistanceLoss',
    loss(nn.TripletMarginWithDistanceLoss, x(2, 3), x(3, 3), x(2, 3)),
  ],
  CTCLoss: ['ctcLoss', () => new nn.CTCLoss().forward(logProbs, x(2, 2), [4, 4], [2, 2])],
};

const elementwise = [
  ...[nn.CELU, nn.Hardshrink, nn.Hardsigmoid, nn.Hardswish, nn.Hardtanh, nn.Identity, nn.LogSigmoid, nn.Mish],
  ...[nn.RReLU, nn.ReLU6, nn.SELU, nn.Softplus, nn.Softshrink, nn.Softsign, nn.Tanhshrink, nn.AlphaDropout],
  nn.FeatureAlphaDropout,
];

/** What takes tensors of every shape, element by element. */
export const shapeless: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  ...Object.fromEntries(
    elementwise.map((Layer) => {
      const layer = new Layer();
      return [Layer.name, (input: tf.Tensor) => layer.forward(input)];
    }),
  ),
  Threshold: (input) => new nn.Threshold(0.5, 1).forward(input),
  threshold: (input) => nn.threshold(input, 0.5, 1),
  alphaDropout: (input) => nn.alphaDropout(input),
  celu: nn.celu,
  dropout: (input) => nn.dropout(input),
  featureAlphaDropout: (input) => nn.featureAlphaDropout(input),
  hardshrink: nn.hardshrink,
  hardsigmoid: nn.hardsigmoid,
  hardswish: nn.hardswish,
  hardtanh: nn.hardtanh,
  logSigmoid: nn.logSigmoid,
  mish: nn.mish,
  relu6: nn.relu6,
  rrelu: (input) => nn.rrelu(input),
  selu: nn.selu,
  softplus: nn.softplus,
  softshrink: nn.softshrink,
  softsign: nn.softsign,
  tanhshrink: nn.tanhshrink,
};
