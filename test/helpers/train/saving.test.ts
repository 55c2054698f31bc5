import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { manualSeed } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { TensorDataset } from '../../../src/helpers/data/dataset';
import { DataLoader } from '../../../src/helpers/data/loader';
import { Adam } from '../../../src/helpers/optim/optimizers';
import { type Callback, checkpoint, earlyStopping, saveBest } from '../../../src/helpers/train/callbacks';
import { loadCheckpoint } from '../../../src/helpers/train/checkpoint';
import { fit, type FitOptions } from '../../../src/helpers/train/fit';
import { saveState } from '../../../src/helpers/train/weights';
import { CNN } from '../../../src/models/cnn';
import * as nn from '../../../src/nn';
import { blobs, TinyNet } from '../../support/blobs';
import { maxDiff } from '../../support/close';

function setup(options: Partial<FitOptions> = {}) {
  const train = new DataLoader(blobs(60), { batchSize: 16, shuffle: true });
  const valid = new DataLoader(blobs(20, 2), { batchSize: 20 });
  manualSeed(7);
  const model = new TinyNet(0.3);
  const optimizer = new Adam(model.namedParameters(), { lr: 0.02 });
  const all: FitOptions = {
    epochs: 3,
    train,
    valid,
    loss: nn.crossEntropy,
    optimizer,
    display: false,
    compile: false,
    ...options,
  };
  return { model, all };
}

const weights = (model: nn.Module): number[] =>
  [...saveState(model).values()].flatMap((values) => [...values]);

describe('saveBest() and checkpoint()', () => {
  let folder = '';
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tsdl-save-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('keeps the model of the best epoch', async () => {
    const path = join(folder, 'best.safetensors');
    const lines: string[] = [];
    const { model, all } = setup({ callbacks: [saveBest(path, { print: (line) => lines.push(line) })] });
    const history = await fit(model, all);
    const best = history.best('validLoss');
    const copy = new TinyNet();
    const { epoch, bestMetric } = loadCheckpoint(path, { model: copy });
    assert.deepEqual([epoch, bestMetric], [best?.epoch, best?.validLoss]);
    assert.match(lines[0] ?? '', /^Saved best model with loss: \d\.\d{4}\n$/);
  });

  it('goes on from a file, in fresh objects, with the same numbers', async () => {
    const path = join(folder, 'run.safetensors');
    const whole = setup({ callbacks: [earlyStopping({ restore: false })] });
    const expected = await fit(whole.model, whole.all);
    const abort = new AbortController();
    const interrupt: Callback = {
      onBatchEnd: ({ step }) => {
        if (step === 6) abort.abort();
      },
    };
    const first = setup({ signal: abort.signal });
    await fit(first.model, {
      ...first.all,
      callbacks: [earlyStopping({ restore: false }), interrupt, checkpoint(path)],
    });
    const second = setup({ resume: path, callbacks: [earlyStopping({ restore: false })] });
    const history = await fit(second.model, second.all);
    assert.deepEqual(history.steps, expected.steps);
    assert.deepEqual(
      history.epochs.map((log) => log.validLoss),
      expected.epochs.map((log) => log.validLoss),
    );
    assert.equal(maxDiff(weights(second.model), weights(whole.model)), 0);
  });

  it('refuses a file that is no run, and writes none with fastDevRun', async () => {
    const { model, all } = setup({ resume: join(folder, 'best.safetensors') });
    await assert.rejects(fit(model, all), /checkpoint/);
    const path = join(folder, 'none.safetensors');
    const quick = setup({ fastDevRun: true, callbacks: [saveBest(path), checkpoint(path)] });
    await fit(quick.model, quick.all);
    assert.equal(existsSync(path), false);
    assert.throws(() => checkpoint(path, { every: 0 }), /integer ≥ 1, got 0/);
  });

  it("goes on with the guide's network and the weights that earlyStopping keeps", async () => {
    const path = join(folder, 'cnn.safetensors');
    const images = tf.randomNormal([8, 28, 28, 1], 0, 1, 'float32', 1);
    const dataset = new TensorDataset(images, tf.tensor1d([0, 1, 2, 3, 4, 5, 6, 7], 'int32'));
    const run = async (options: Partial<FitOptions>) => {
      const model = new CNN();
      const { all } = setup();
      const loader = new DataLoader(dataset, { batchSize: 8 });
      const optimizer = new Adam(model.namedParameters(), { lr: 1e-4 });
      const callbacks = [earlyStopping(), checkpoint(path)];
      const history = await fit(model, {
        ...all,
        train: loader,
        valid: loader,
        optimizer,
        callbacks,
        ...options,
      });
      return { model, history };
    };
    await run({ epochs: 1 });
    const { history } = await run({ epochs: 2, resume: path });
    assert.deepEqual(
      history.epochs.map(({ epoch }) => epoch),
      [1, 2],
    );
  });

  it('goes on from a file that the first version wrote', async () => {
    const { model, all } = setup({ epochs: 3, callbacks: [earlyStopping({ patience: 1, minDelta: 9 })] });
    const resume = join(__dirname, '../../fixtures/io/checkpoint1.safetensors');
    const history = await fit(model, { ...all, resume });
    assert.deepEqual(
      history.epochs.slice(0, 2).map(({ validLoss }) => validLoss),
      [0.42519640922546387, 0.2942323088645935],
    );
    assert.equal(history.ending, 'stopped');
    // earlyStopping has put the weights of the second epoch back, which the file held as lists of numbers.
    const { extra } = loadCheckpoint(resume, {}) as {
      extra: { callbacks: { state: { weights: Record<string, number[]> } }[] };
    };
    assert.deepEqual(weights(model), Object.values(extra.callbacks[0]!.state.weights).flat());
  });
});
