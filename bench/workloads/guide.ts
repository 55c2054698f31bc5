/**
 * The whole program of the guide's section 8 on the digits that come with tsdl: 10 epochs of training with the data
 * pipeline, evaluation, schedule and the best weights saved.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { manualSeed } from '../../src/engine/random';
import { guideLog } from '../../src/helpers/course/guide';
import { DataLoader } from '../../src/helpers/data/loader';
import { MNIST } from '../../src/helpers/datasets/mnist';
import { saveStateDict } from '../../src/helpers/io/state';
import { Adam } from '../../src/helpers/optim/optimizers';
import { ReduceLROnPlateau } from '../../src/helpers/optim/schedulers';
import { type Callback, schedule } from '../../src/helpers/train/callbacks';
import { fit } from '../../src/helpers/train/fit';
import { CNN } from '../../src/models/cnn';
import * as nn from '../../src/nn';
import type { Mode, Step, Workload } from '../workload';

const options = { source: 'embedded', announce: () => undefined } as const;

/** Saves the weights after each epoch that is the best so far. */
function saveBest(path: string): Callback {
  let best = Infinity;
  return {
    onEpochEnd({ validLoss = Infinity }, { model }) {
      if (validLoss >= best) return;
      best = validLoss;
      saveStateDict(model, path);
    },
  };
}

function program(mode: Mode): Step {
  const dir = mkdtempSync(join(tmpdir(), 'tsdl-bench-'));
  return async () => {
    const train = new DataLoader(new MNIST({ ...options, train: true }), { batchSize: 64, shuffle: true });
    const valid = new DataLoader(new MNIST({ ...options, train: false }), { batchSize: 1000 });
    const model = new CNN();
    const optimizer = new Adam(model.namedParameters(), { lr: 1e-3 });
    const scheduler = new ReduceLROnPlateau(optimizer, { mode: 'min', factor: 0.5, patience: 3 });
    await fit(model, {
      epochs: 10,
      train,
      valid,
      loss: nn.crossEntropy,
      optimizer,
      compile: mode !== 'eager',
      display: false,
      callbacks: [guideLog(), schedule(scheduler), saveBest(join(dir, 'best_model.safetensors'))],
    });
    model.dispose();
  };
}

export const workload: Workload = {
  name: 'program',
  title: "The guide's section 8, 10 epochs of 8,000 digits",
  calls: 1,
  rounds: 3,
  warmup: 0,
  eager: false,
  variants: [],
  setup(mode) {
    manualSeed(0);
    return program(mode);
  },
};
