import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as tf from '../../../src/engine/tf';
import { SGD } from '../../../src/helpers/optim/optimizers';
import { checkpoint, earlyStopping, timeLimit } from '../../../src/helpers/train/callbacks';
import { refuseStep } from '../../../src/helpers/train/callbacks/limits';
import { detectionScores } from '../../../src/helpers/train/detection';
import { evaluate, predict } from '../../../src/helpers/train/evaluate';
import { fit, resume } from '../../../src/helpers/train/fit';
import { History } from '../../../src/helpers/train/history';
import { accuracy, topK } from '../../../src/helpers/train/metrics';
import { restoreState, saveState } from '../../../src/helpers/train/weights';
import * as nn from '../../../src/nn';
import { blobs, TinyNet } from '../../support/blobs';
import { type Refusal, refuses } from '../../support/refusals';

const batch = () => blobs(4).gather([0, 1, 2, 3]);

describe('fit() and resume()', () => {
  const train = (options: object) => () => {
    const model = new TinyNet();
    const all = { epochs: 1, train: [batch()], loss: nn.crossEntropy, display: false, compile: false };
    return fit(model, { ...all, optimizer: new SGD(model.parameters()), ...options });
  };
  const cannot = 'Cannot fit: expected';
  refuses([
    ...[0, -1, 1.5].map((epochs): Refusal => [
      `RangeError: ${cannot} an integer number of epochs ≥ 1, got ${epochs}`,
      train({ epochs }),
    ]),
    [`TypeError: ${cannot} options optimizer, got undefined`, train({ optimizer: undefined })],
    [`TypeError: ${cannot} options train, got undefined`, train({ train: undefined })],
    [
      `TypeError: ${cannot} options optimizer and train, got undefined`,
      train({ optimizer: undefined, train: undefined }),
    ],
    [`RangeError: ${cannot} precision float32, float16, bfloat16, got "half"`, train({ precision: 'half' })],
    [
      `RangeError: ${cannot} compile true with precision "bfloat16", which only recorded steps have, got false`,
      train({ precision: 'bfloat16' }),
    ],
    ['RangeError: Cannot train: expected at least one batch, got 0', train({ train: [] })],
    ['RangeError: Cannot evaluate: expected at least one batch, got 0', train({ valid: [] })],
    [
      'TypeError: Cannot use batch: expected [input, …, target], got 1 tensor(s)',
      train({ train: [[tf.ones([1, 2])]] }),
    ],
    ['TypeError: Cannot use batch: expected [input, …, target], got 0 tensor(s)', train({ train: [[]] })],
    [
      'RangeError: Cannot keep train on the device: expected a DataLoader, got other batches',
      train({ resident: true }),
    ],
    [
      'TypeError: Cannot resume: expected the history that fit() returned in this session',
      () => resume(new History()),
    ],
  ]);
});

describe('A loss that is not finite', () => {
  const model = new TinyNet();
  const broken = new TinyNet();
  broken.fc2.bias!.assign(tf.tensor1d([0, NaN]));
  const check = (loss: number, change: object, finite?: boolean) => () =>
    refuseStep({ loss, finite }, { model, batch: batch(), lr: 0.5, epoch: 1, step: 3, ...change });
  const at = (loss: number, epoch = 1) =>
    `RangeError: Cannot go on training: expected a finite loss, got ${loss} at epoch ${epoch}, step 3; `;
  const advice = (where = '', early = ' or start with a warm-up') =>
    `the data are finite, so training diverged${where}: lower lr (now 0.5, try 0.05), clip gradients ` +
    `(clipNorm: 1)${early}, and look for log, sqrt or division by 0 in the loss`;
  const kept = 'the step was left out, the weights are those before it; ';
  const holds = 'the batch itself holds NaN or Infinity: clean the data or its transforms';
  const numbers = (...values: number[]) => [tf.tensor1d(values), tf.tensor1d([0], 'int32')];
  refuses([
    [at(NaN) + advice(), check(NaN, {})],
    [at(Infinity, 2) + advice('', ''), check(Infinity, { epoch: 2 })],
    [at(NaN) + advice(' ("fc2.bias" is no longer finite)'), check(NaN, { model: broken })],
    [at(NaN) + holds, check(NaN, { batch: numbers(1, NaN) })],
    [at(NaN) + holds, check(NaN, { batch: numbers(-Infinity, 1) })],
    [at(NaN) + advice(), check(NaN, { batch: numbers(1, 2) })],
    [`${at(NaN)}${kept}${advice()}`, check(NaN, {}, false)],
    [
      'RangeError: Cannot go on training: expected finite gradients, got gradients that are NaN or infinite (loss 2) ' +
        `at epoch 1, step 3; ${kept}${advice()}`,
      check(2, {}, false),
    ],
  ]);
});

describe('Callbacks', () => {
  const epoch = { epoch: 1, loss: 1, lr: 0.1, seconds: 1 };
  refuses([
    ['RangeError: Cannot limit time: expected more than 0 seconds, got 0', () => timeLimit({})],
    [
      'RangeError: Cannot limit time: expected more than 0 seconds, got -60',
      () => timeLimit({ minutes: -1 }),
    ],
    ...[0, 1.5].map((every): Refusal => [
      `RangeError: Cannot checkpoint: expected every to be an integer ≥ 1, got ${every}`,
      () => checkpoint(join(tmpdir(), 'none'), { every }),
    ]),
    [
      "RangeError: Cannot monitor 'validF1': expected one of epoch, loss, lr, seconds",
      () => earlyStopping({ monitor: 'validF1' }).onEpochEnd?.(epoch, {} as never),
    ],
  ]);
});

describe('Metrics and evaluation', () => {
  const model = new TinyNet();
  const tally = (output: number[], target: number[]) => () =>
    accuracy().tally(tf.ones(output), tf.zeros(target, 'int32'));
  const shapes = 'TypeError: Cannot compute metric: expected targets';
  const object = [{ box: [0, 0, 1, 1], label: 1, score: 1 }] as const;
  const scores = 'RangeError: Cannot score detections: expected one list of predictions for each image and at least one object, got'; // prettier-ignore
  refuses([
    [`${shapes} [4] for outputs [4, 3], got [3]`, tally([4, 3], [3])],
    [`${shapes} [2, 2] for outputs [2, 2, 3], got [2]`, tally([2, 2, 3], [2])],
    ...[0, 1.5].map((k): Refusal => [
      `RangeError: Cannot build metric topK: expected an integer k ≥ 1, got ${k}`,
      () => topK(k),
    ]),
    ['RangeError: Cannot evaluate: expected at least one batch, got 0', () => evaluate(model, [])],
    ['RangeError: Cannot predict: expected at least one sample, got 0', () => predict(model, [])],
    [
      'RangeError: Cannot predict: expected at least one sample, got 0',
      () => predict(model, tf.zeros([0, 2])),
    ],
    [`${scores} 1 lists, 2 images, 2 objects`, () => detectionScores([object], [object, object])],
    [`${scores} 1 lists, 1 images, 0 objects`, () => detectionScores([object], [[]])],
  ]);
});

describe('Copies of weights', () => {
  refuses([
    [
      'RangeError: Cannot restore weights: expected "fc1.bias" among fc1.weight, fc2.weight, fc2.bias',
      () => {
        const saved = saveState(new TinyNet());
        saved.delete('fc1.bias');
        restoreState(new TinyNet(), saved);
      },
    ],
  ]);
});
