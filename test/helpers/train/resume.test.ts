import assert from 'node:assert/strict';

import { manualSeed } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { TensorDataset } from '../../../src/helpers/data/dataset';
import { DataLoader } from '../../../src/helpers/data/loader';
import { Adam } from '../../../src/helpers/optim/optimizers';
import { CosineAnnealingLR } from '../../../src/helpers/optim/schedulers';
import { checkpoint, schedule } from '../../../src/helpers/train/callbacks';
import { fit, type FitOptions } from '../../../src/helpers/train/fit';
import { saveState } from '../../../src/helpers/train/weights';
import * as nn from '../../../src/nn';
import { temporaryFolder } from '../../support/folder';

/** A bias before batch norm has gradients of rounding only, which Adam turns into steps: what rounds otherwise shows. */
class Sensitive extends nn.Module {
  readonly conv = new nn.Conv2d(1, 4, 3, { padding: 1 });
  readonly norm = new nn.BatchNorm2d(4);
  readonly dropout = new nn.Dropout(0.5);
  readonly fc = new nn.Linear(64, 3);

  forward(x: tf.Tensor4D): tf.Tensor2D {
    const maps = tf.relu(this.norm.forward(this.conv.forward(x)));
    return this.fc.forward(this.dropout.forward(nn.flatten(maps)));
  }
}

describe('fit() from a checkpoint', () => {
  const path = temporaryFolder();

  /** A run in fresh objects, as a new process would have them; the last of three batches is smaller. */
  async function run(options: Partial<FitOptions>) {
    const images = Float32Array.from({ length: 20 * 16 }, (_, i) => Math.sin(i * i));
    const labels = Int32Array.from({ length: 20 }, (_, i) => (i * i) % 3);
    const dataset = new TensorDataset(tf.tensor4d(images, [20, 4, 4, 1]), tf.tensor1d(labels, 'int32'));
    const model = new Sensitive();
    const optimizer = new Adam(model.namedParameters(), { lr: 0.02 });
    const scheduler = new CosineAnnealingLR(optimizer, { tMax: 12 });
    const history = await fit(model, {
      epochs: 4,
      train: new DataLoader(dataset, { batchSize: 8, shuffle: true }),
      valid: new DataLoader(dataset, { batchSize: 10 }),
      loss: nn.crossEntropy,
      optimizer,
      display: false,
      callbacks: [schedule(scheduler, { every: 'step' }), checkpoint(path('run.safetensors'))],
      ...options,
    });
    return { history, numbers: saveState(model) };
  }

  for (const compile of [true, false]) {
    it(`ends with the same bits as an uninterrupted run, ${compile ? 'compiled' : 'eager'}`, async () => {
      manualSeed(11);
      const whole = await run({ compile });
      manualSeed(11);
      await run({ compile, epochs: 2 });
      manualSeed(99);
      const resumed = await run({ compile, resume: path('run.safetensors') });
      assert.deepEqual(resumed.history.steps, whole.history.steps);
      const validLosses = ({ history }: typeof whole) => history.epochs.map(({ validLoss }) => validLoss);
      assert.deepEqual(validLosses(resumed), validLosses(whole));
      assert.deepEqual(resumed.numbers, whole.numbers);
    });
  }
});
