import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { manualSeed } from '../../../src/engine/random';
import { DataLoader } from '../../../src/helpers/data/loader';
import { SGD } from '../../../src/helpers/optim/optimizers';
import {
  type Callback,
  csvLog,
  earlyStopping,
  jsonLog,
  lineLog,
  schedule,
  timeLimit,
} from '../../../src/helpers/train/callbacks';
import { fit, resume } from '../../../src/helpers/train/fit';
import type { EpochLog, History } from '../../../src/helpers/train/history';
import { saveState } from '../../../src/helpers/train/weights';
import * as nn from '../../../src/nn';
import { blobs, TinyNet } from '../../support/blobs';

async function train(
  callbacks: Callback[],
  epochs = 3,
): Promise<{ history: History; model: TinyNet; lr: number }> {
  const loader = new DataLoader(blobs(32), { batchSize: 16 });
  manualSeed(3);
  const model = new TinyNet();
  const optimizer = new SGD(model.namedParameters(), { lr: 0.1 });
  const options = { epochs, train: loader, valid: loader, loss: nn.crossEntropy, optimizer, display: false };
  const history = await fit(model, { ...options, callbacks });
  return { history, model, lr: optimizer.lr };
}

/** Feeds made-up validation losses to a callback and says after which epoch it stopped (0: never). */
async function stopsAfter(callback: Callback, losses: readonly number[]): Promise<number> {
  const model = new TinyNet();
  const run = { model, history: { reason: '' }, resumed: false } as unknown as Parameters<
    NonNullable<Callback['onEpochEnd']>
  >[1];
  await callback.onStart?.(run);
  for (const [i, validLoss] of losses.entries()) {
    const log = { epoch: i + 1, loss: 1, validLoss } as unknown as EpochLog;
    if ((await callback.onEpochEnd?.(log, run)) === 'stop') return i + 1;
  }
  return 0;
}

describe('earlyStopping()', () => {
  it('stops after `patience` epochs without progress', async () => {
    assert.equal(await stopsAfter(earlyStopping({ patience: 2 }), [3, 2, 2.5, 2.2, 1]), 4);
    assert.equal(await stopsAfter(earlyStopping({ patience: 2 }), [3, 2, 2.5, 1.9, 1]), 0);
    assert.equal(await stopsAfter(earlyStopping({ patience: 1, minDelta: 0.5 }), [3, 2.6]), 2);
  });

  it('stops when the loss stays the same: what is as good as the best is no progress', async () => {
    assert.equal(await stopsAfter(earlyStopping({ patience: 2 }), [1, 1, 1, 1]), 3);
    assert.equal(await stopsAfter(earlyStopping({ patience: 1, minDelta: 0.5 }), [3, 2.5]), 2);
  });

  it('puts the weights of the best epoch back', async () => {
    let best: unknown;
    const grow: Callback = {
      onEpochEnd: ({ epoch }, { model, optimizer }) => {
        if (epoch === 1) best = saveState(model);
        optimizer.lr *= 2;
      },
    };
    const { history, model } = await train([grow, earlyStopping({ monitor: 'lr', mode: 'min' })]);
    assert.equal(history.best('lr', 'min')?.epoch, 1);
    assert.deepEqual(saveState(model), best);
    const { model: kept } = await train([
      grow,
      earlyStopping({ monitor: 'lr', mode: 'min', restore: false }),
    ]);
    assert.notDeepEqual(saveState(kept), best);
  });

  it('names the keys there are when it cannot monitor one', () => {
    return assert.rejects(
      train([earlyStopping({ monitor: 'validF1' })]),
      /'validF1': expected one of epoch, loss/,
    );
  });
});

describe('schedule()', () => {
  it('steps each epoch with the validation loss, or each training step with its loss', async () => {
    const calls: unknown[] = [];
    const scheduler = { step: (metric?: number) => void calls.push(metric) };
    const { history } = await train([schedule(scheduler)], 2);
    assert.deepEqual(
      calls.splice(0),
      history.epochs.map((log) => log.validLoss),
    );
    const { steps } = (await train([schedule(scheduler, { every: 'step' })], 2)).history;
    assert.deepEqual(calls, steps.loss);
  });
});

describe('timeLimit()', () => {
  it('stops after the step in which the time is up', async () => {
    const wait: Callback = { onBatchEnd: () => new Promise((resolve) => setTimeout(resolve, 15)) };
    const { history } = await train([wait, timeLimit({ seconds: 0.01 })]);
    assert.equal(history.steps.loss.length, 1);
    assert.match(history.reason, /0.01 秒/);
    assert.throws(() => timeLimit({}), /more than 0 seconds, got 0/);
  });
});

describe('logs', () => {
  let folder = '';
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tsdl-log-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('write one line an epoch and go on after resume', async () => {
    const [csv, json] = [join(folder, 'a/run.csv'), join(folder, 'run.jsonl')];
    const { history } = await train([csvLog(csv), jsonLog(json)], 1);
    await resume(history, { epochs: 2 });
    const lines = readFileSync(csv, 'utf8').trim().split('\n');
    assert.equal(lines[0], 'epoch,loss,accuracy,validLoss,validAccuracy,lr,seconds');
    assert.deepEqual(
      lines.slice(1).map((line) => line.split(',')[0]),
      ['1', '2'],
    );
    const records = readFileSync(json, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    assert.deepEqual(records, history.epochs);
  });

  it('begin a line of their own behind one that a kill or a full disk cut', async () => {
    const [csv, json] = [join(folder, 'cut.csv'), join(folder, 'cut.jsonl')];
    const { history } = await train([csvLog(csv), jsonLog(json)], 1);
    for (const file of [csv, json]) appendFileSync(file, '{"epoch":2,"lo');
    await resume(history, { epochs: 2 });
    for (const file of [csv, json]) {
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
      assert.equal(lines.at(-2), '{"epoch":2,"lo');
      assert.match(lines.at(-1) ?? '', /^(2,|\{"epoch":2,"loss":)/);
    }
  });

  it('print a plain line an epoch', async () => {
    const lines: string[] = [];
    await train([lineLog((line) => lines.push(line))], 1);
    assert.match(
      lines.join(),
      /^第 1\/1 轮 {2}训练损失 [\d.]+ {2}训练准确率 [\d.]+% {2}验证损失 .* 学习率 0.1 {2}[\d.]+ s$/,
    );
  });
});
