/** Callbacks that write, fed by hand: lines, logs and checkpoints. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';

import {
  checkpoint,
  csvLog,
  guideLog,
  jsonLog,
  lineLog,
  saveBest,
} from '../../../src/helpers/train/callbacks';
import { epochLine, formatValue } from '../../../src/helpers/train/callbacks/logs';
import { loadCheckpoint } from '../../../src/helpers/train/checkpoint';
import { ended, epochOf, runOf, tell } from '../../support/callbacks';
import { temporaryFolder } from '../../support/folder';

describe('Values and lines of a log', () => {
  it('are percentages, short rates, seconds and four places', () => {
    const written = [
      ['accuracy', 0.91234, '91.23%'],
      ['validTop5', 1, '100.00%'],
      ['precision', 0.5, '50.00%'],
      ['recall', 0.5, '50.00%'],
      ['f1', 0.5, '50.00%'],
      ['lr', 0.00012345, '0.000123'],
      ['seconds', 9.96, '10.0 s'],
      ['seconds', 10, '10 s'],
      ['seconds', 0.04, '0.0 s'],
      ['loss', 1.23456, '1.2346'],
    ] as const;
    for (const [key, value, text] of written) assert.equal(formatValue(key, value), text);
  });

  it('name what is known in Chinese and the rest as it is called', () => {
    const log = epochOf(2, { accuracy: 0.5, validLoss: 2, validAccuracy: 0.25, lr: 0.1, mine: 3 });
    const line =
      '第 2/5 轮  训练损失 1.0000  学习率 0.1  训练准确率 50.00%  验证损失 2.0000  验证准确率 25.00%  mine 3.0000  2.0 s';
    assert.equal(epochLine(log, 5), line);
    const lines: string[] = [];
    void lineLog((text) => lines.push(text)).onEpochEnd?.(log, runOf({ epochs: 5 }));
    assert.deepEqual(lines, [line]);
  });
});

describe('guideLog()', () => {
  const step = (batch: number, size: number) => ({ epoch: 2, step: 9, batch, size, loss: 0.5, lr: 1, running: () => ({}) }); // prettier-ignore

  it('prints the first batch and every so manieth, how far it is, and sums over the samples it saw', () => {
    const lines: string[] = [];
    const callback = guideLog({ every: 2, print: (line) => lines.push(line) });
    const run = runOf();
    for (const repeat of [1, 2])
      for (const batch of [1, 2, 3, 4]) void callback.onBatchEnd?.(step(batch, 10 * repeat), run);
    assert.deepEqual(lines.splice(0).slice(0, 2), [
      'Train Epoch: 2 [0/40 (0%)]\tLoss: 0.500000',
      'Train Epoch: 2 [20/40 (50%)]\tLoss: 0.500000',
    ]);
    void callback.onEpochEnd?.(epochOf(2, { accuracy: 0.5, validLoss: 0.25, validAccuracy: 0.75 }), run);
    assert.deepEqual(lines.splice(0), [
      '\nTrain set: Average loss: 1.0000, Accuracy: 40/80 (50.00%)\n',
      'Test set: Average loss: 0.2500, Accuracy: 15/20 (75.00%)\n',
    ]);
    void callback.onEpochEnd?.(epochOf(3), run);
    assert.deepEqual(lines.splice(0), ['\nTrain set: Average loss: 1.0000\n']);
    run.history.epochs.push(epochOf(1, { validLoss: 0.25 }), epochOf(2, { validLoss: 0.5 }));
    void ended(callback, run, 'stopped');
    assert.deepEqual(lines.splice(0), ['Training completed! Best test loss: 0.2500']);
    void ended(callback, run, 'failed');
    void ended(callback, runOf(), 'finished');
    assert.deepEqual(lines, []);
  });

  it('prints every hundredth batch unless told otherwise', () => {
    const lines: string[] = [];
    const callback = guideLog({ print: (line) => lines.push(line) });
    for (let batch = 1; batch <= 201; batch++)
      void callback.onBatchEnd?.(step(batch, 1), runOf({ batches: 400 }));
    assert.deepEqual(
      lines.map((line) => /\((.*)%\)/.exec(line)?.[1]),
      ['0', '25', '50'],
    );
  });
});

describe('csvLog() and jsonLog()', () => {
  const path = temporaryFolder();

  it('begin a new file, in a new folder too, and go on in the one of a resumed run', async () => {
    for (const [make, file, head] of [
      [csvLog, 'deep/a.csv', 1],
      [jsonLog, 'deep/a.jsonl', 0],
    ] as const) {
      // prettier-ignore
      const lines = () => readFileSync(path(file), 'utf8').split('\n').slice(0, -1);
      const run = runOf();
      const callback = make(path(file));
      assert.deepEqual([callback.writes, callback.name], [true, make.name]);
      await callback.onStart?.(run);
      await tell(callback, run, 'mine', [1, 2]);
      assert.equal(lines().length, 2 + head);
      await make(path(file)).onStart?.(runOf({ resumed: true, history: run.history }));
      const again = make(path(file));
      await again.onStart?.(runOf({ resumed: true, history: run.history }));
      await tell(again, run, 'mine', [3], 3);
      assert.equal(lines().length, 3 + head);
      await callback.onStart?.(runOf());
      assert.equal(readFileSync(path(file), 'utf8'), '');
    }
    await csvLog(path('fresh.csv')).onStart?.(runOf({ resumed: true })); // resumed where the file is gone
    assert.equal(statSync(path('fresh.csv')).size, 0);
  });

  it('write names once, then values', async () => {
    const callback = csvLog(path('b.csv'));
    const run = runOf();
    await callback.onStart?.(run);
    await tell(callback, run, 'mine', [7, 8]);
    assert.equal(
      readFileSync(path('b.csv'), 'utf8'),
      'epoch,loss,lr,seconds,mine\n1,1,0.1,2,7\n2,1,0.1,2,8\n',
    );
  });
});

describe('saveBest() and checkpoint()', () => {
  const path = temporaryFolder();

  it('saveBest() saves when the value is the best so far, not when it is equal, and says so', async () => {
    const lines: string[] = [];
    const callback = saveBest(path('best'), { monitor: 'accuracy', print: (line) => lines.push(line) });
    assert.deepEqual([callback.name, callback.writes], ['saveBest', true]);
    const run = runOf();
    await callback.onStart?.(run);
    await tell(callback, run, 'accuracy', [0.5, 0.5, 0.75, 0.25]);
    assert.deepEqual(
      lines,
      [0.5, 0.75].map((v) => `Saved best model with accuracy: ${v.toFixed(4)}\n`),
    );
    assert.deepEqual(loadCheckpoint(path('best'), {}).epoch, 3);
    const other = saveBest(path('best'), { monitor: 'accuracy', print: (line) => lines.push(line) });
    other.loadStateDict?.(callback.stateDict?.() as never);
    await other.onStart?.(runOf({ resumed: true }));
    await tell(other, run, 'accuracy', [0.75], 5);
    assert.equal(lines.length, 2);
    await other.onStart?.(run); // a new run forgets
    await tell(other, run, 'accuracy', [0.1], 1);
    assert.equal(lines.length, 3);
  });

  it('checkpoint() saves every so many epochs and at the end, but not after an error', async () => {
    const file = path('every');
    const callback = checkpoint(file, { every: 2 });
    assert.deepEqual([callback.name, callback.last, callback.writes], ['checkpoint', true, true]);
    const run = runOf();
    await tell(callback, run, 'mine', [1]);
    assert.equal(existsSync(file), false);
    await tell(callback, run, 'mine', [1], 2);
    assert.equal(loadCheckpoint(file, {}).epoch, 2);
    run.history.epochs.push(epochOf(3));
    await ended(callback, run, 'failed');
    assert.equal(loadCheckpoint(file, {}).epoch, 2);
    await ended(callback, run, 'interrupted');
    assert.equal(loadCheckpoint(file, {}).epoch, 3);
    writeFileSync(file, '');
    await tell(checkpoint(file), run, 'mine', [1], 4); // every epoch unless told otherwise
    assert.equal(loadCheckpoint(file, {}).epoch, 4);
  });
});
