import * as tf from '../../../src/engine/tf';
import { ArrayDataset, TensorDataset } from '../../../src/helpers/data/dataset';
import { DataLoader } from '../../../src/helpers/data/loader';
import { MaskedTextDataset, maskTokens } from '../../../src/helpers/data/masking';
import { classWeights, randomSplit, stratifiedSplit } from '../../../src/helpers/data/split';
import { bagOfWords, padSequences, TextDataset } from '../../../src/helpers/data/text';
import * as transforms from '../../../src/helpers/data/transforms';
import { ConcatDataset, Subset } from '../../../src/helpers/data/views';
import { type Refusal, refuses } from '../../support/refusals';

const numbers = (length: number) =>
  new ArrayDataset<[tf.Tensor]>([{ values: Int32Array.from({ length }, (_, i) => i), shape: [] }]);
const five = numbers(5);

describe('Data sets', () => {
  const lost = (got: unknown, last = 4) =>
    `RangeError: Cannot gather samples: expected positions in -${last + 1} … ${last}, got ${String(got)}`;
  const columns =
    'RangeError: Cannot build data set: expected the same whole number of samples in each column';
  const tensors =
    'TypeError: Cannot build TensorDataset: expected float32 or int32 tensors with a first axis of samples';
  const masked = new MaskedTextDataset(padSequences([[1], [2]]), { maskId: 9, candidates: new Set([1]) });
  refuses([
    ...[5, -6, 1.5, NaN].map((at): Refusal => [lost(at), () => five.gather([0, at])]),
    [lost(2, 1), () => new Subset(five, [0, 1]).gather([2])],
    [lost(5), () => new Subset(five, [5])],
    [lost(10, 9), () => new ConcatDataset([five, five]).gather([10])],
    [lost(-11, 9), () => new ConcatDataset([five, five]).gather([-11])],
    ...[2, -3, 0.5].map((at): Refusal => [lost(at, 1), () => masked.gather([at])]),
    [`${columns}, got 2.5`, () => new ArrayDataset([{ values: new Float32Array(5), shape: [2] }])],
    [
      `${columns}, got 2, 1`,
      () =>
        new ArrayDataset([
          { values: new Float32Array(2), shape: [] },
          { values: new Float32Array(2), shape: [2] },
        ]),
    ],
    [`${tensors}, got float32 of shape []`, () => new TensorDataset(tf.scalar(1), tf.scalar(1))],
    [`${tensors}, got bool of shape [1, 2]`, () => new TensorDataset(tf.ones([1]), tf.zeros([1, 2], 'bool'))],
    [
      'RangeError: Cannot build ConcatDataset: expected at least one data set, got none',
      () => new ConcatDataset([]),
    ],
  ]);
});

describe('DataLoader', () => {
  const loader = new DataLoader(five, { batchSize: 2 });
  const load = (batch: number) => () => loader.loadStateDict({ epoch: 0, batch, orderSeed: 0 });
  const size = 'RangeError: Cannot build DataLoader: expected an integer batchSize ≥ 1';
  const state = 'RangeError: Cannot load loader state: expected a batch in 0 … 3';
  refuses([
    ...[0, -1, 1.5].map((batchSize): Refusal => [
      `${size}, got ${batchSize}`,
      () => new DataLoader(five, { batchSize }),
    ]),
    ...[-1, 4, 0.5].map((batch): Refusal => [`${state}, got ${batch}`, load(batch)]),
  ]);
});

describe('Splits', () => {
  const cannot = 'RangeError: Cannot split data set: expected';
  const sums = `${cannot} fractions that sum to 1 or lengths that sum to 5`;
  const labels = 'RangeError: Cannot read labels: expected whole numbers ≥ 0';
  refuses([
    [`${cannot} lengths ≥ 0, got [6, -1]`, () => randomSplit(five, [6, -1])],
    [`${cannot} lengths ≥ 0, got [NaN]`, () => randomSplit(five, [NaN])],
    [`${sums}, got [2, 2]`, () => randomSplit(five, [2, 2])],
    [`${sums}, got [2.5, 2.5]`, () => randomSplit(five, [2.5, 2.5])],
    [`${sums}, got [0.5, 0.4]`, () => randomSplit(five, [0.5, 0.4])],
    ...[0, 1, -0.1, NaN].map((share): Refusal => [
      `${cannot} a fraction between 0 and 1, got ${share}`,
      () => stratifiedSplit([0, 1], share),
    ]),
    [`${labels}, got 1.5 at 1`, () => stratifiedSplit([0, 1.5], 0.5)],
    [`${labels}, got -1 at 0`, () => classWeights([-1])],
    ['RangeError: Cannot weigh classes: expected labels below 2, got 2 at 1', () => classWeights([0, 2], 2)],
    [
      'RangeError: Cannot weigh classes: expected labels below 2, got -1 at 0',
      () => classWeights([-1, 2], 2),
    ],
  ]);
});

describe('Texts', () => {
  const masking = { maskId: 9, candidates: new Set([1, 2]) };
  const mask = (change: object) => () => maskTokens([1, 2], { ...masking, ...change }, Math.random);
  const cannot = 'RangeError: Cannot mask tokens: expected candidates and shares in [0, 1], got';
  refuses([
    ['RangeError: Cannot count words: expected ids below 4, got 4', () => bagOfWords([[4]], 4)],
    ['RangeError: Cannot count words: expected ids below 4, got -1', () => bagOfWords([[-1]], 4)],
    [
      'RangeError: Cannot build TextDataset: expected a label for each text, got 0 for 1',
      () => new TextDataset([[1]], []),
    ],
    [
      'RangeError: Cannot build TextDataset: expected words in each text, got an empty one',
      () => new TextDataset([[1], []], [0, 1]),
    ],
    [`${cannot} 0 candidates, share 0.15, masked 0.8, replaced 0.1`, mask({ candidates: new Set() })],
    [`${cannot} 2 candidates, share 1.2, masked 0.8, replaced 0.1`, mask({ share: 1.2 })],
    [`${cannot} 2 candidates, share 0.15, masked -0.1, replaced 0.1`, mask({ masked: -0.1 })],
    [`${cannot} 2 candidates, share 0.15, masked 0.9, replaced 0.2`, mask({ masked: 0.9, replaced: 0.2 })],
  ]);
});

describe('Transforms', () => {
  const x = tf.ones([1, 4, 5, 3]);
  const norm = 'RangeError: Cannot build Normalize: expected a mean and a std > 0 for each channel, got';
  const { ColorJitter, RandomAffine, RandomCrop, RandomRotation, CutMix, MixUp } = transforms;
  const p = ['RandomHorizontalFlip', 'RandomVerticalFlip', 'RandomErasing'] as const;
  const within = (change: string, least: number, most: number, got: string) =>
    `RangeError: Cannot build ColorJitter: expected ${change} within ${least} … ${most}, got ${got}`;
  refuses([
    [`${norm} [] and []`, () => new transforms.Normalize([], [])],
    [`${norm} [0.5] and [0.5, 0.5]`, () => new transforms.Normalize([0.5], [0.5, 0.5])],
    [`${norm} [0, 1] and [1, 0]`, () => new transforms.Normalize([0, 1], [1, 0])],
    [
      'TypeError: Cannot call Normalize: expected images [b, h, w, 2], got [1, 4, 5, 3]',
      () => new transforms.Normalize([0.5, 0.5], [0.5, 0.5]).forward(x),
    ],
    ...p.flatMap((name) =>
      [1.5, -0.1].map((value): Refusal => [
        `RangeError: Cannot build ${name}: expected p in 0 … 1, got ${value}`,
        () => (name === 'RandomErasing' ? new transforms[name]({ p: value }) : new transforms[name](value)),
      ]),
    ),
    [
      'RangeError: Cannot build RandomRotation: expected a number ≥ 0 or [low, high], got -1',
      () => new RandomRotation(-1),
    ],
    [
      'RangeError: Cannot build RandomAffine: expected a number ≥ 0 or [low, high], got -1',
      () => new RandomAffine(-1),
    ],
    [
      'RangeError: Cannot build RandomAffine: expected a number ≥ 0 or [low, high], got -2',
      () => new RandomAffine(0, { shear: -2 }).forward(x),
    ],
    [
      'RangeError: Cannot crop: expected images of at least [5, 5] with their padding, got [4, 5] and 0, 0, 0, 0',
      () => new RandomCrop(5).forward(x),
    ],
    [
      'RangeError: Cannot crop: expected images of at least [6, 8] with their padding, got [4, 5] and 1, 1, 1, 1',
      () => new RandomCrop([6, 8], { padding: 1 }).forward(x),
    ],
    ...(['brightness', 'contrast', 'saturation', 'hue'] as const).map((change): Refusal => [
      `RangeError: Cannot build ColorJitter: expected ${change} ≥ 0, got -0.1`,
      () => new ColorJitter({ [change]: -0.1 }),
    ]),
    [within('brightness', 0, Infinity, '-1 … 1'), () => new ColorJitter({ brightness: [-1, 1] })],
    [within('contrast', 0, Infinity, '2 … 1'), () => new ColorJitter({ contrast: [2, 1] })],
    [within('hue', -0.5, 0.5, '-0.7 … 0.7'), () => new ColorJitter({ hue: 0.7 })],
    [within('hue', -0.5, 0.5, '0 … 0.6'), () => new ColorJitter({ hue: [0, 0.6] })],
    [within('hue', -0.5, 0.5, '-0.6 … 0'), () => new ColorJitter({ hue: [-0.6, 0] })],
    [
      'RangeError: Cannot build MixUp: expected alpha > 0, got 0',
      () => new MixUp({ numClasses: 3, alpha: 0 }),
    ],
    [
      'RangeError: Cannot build CutMix: expected alpha > 0, got NaN',
      () => new CutMix({ numClasses: 3, alpha: NaN }),
    ],
    ['RangeError: Cannot build CutMix: expected numClasses > 1, got 1', () => new CutMix({ numClasses: 1 })],
  ]);
});
