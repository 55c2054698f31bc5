/** Callbacks one by one, fed by hand: what they watch and what they remember. */
import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { EarlyStopping } from '../../../src/helpers/course/guide';
import { SGD } from '../../../src/helpers/optim/optimizers';
import { ReduceLROnPlateau, StepLR } from '../../../src/helpers/optim/schedulers';
import { earlyStopping, schedule, timeLimit } from '../../../src/helpers/train/callbacks';
import { Monitor } from '../../../src/helpers/train/callbacks/stopping';
import { History } from '../../../src/helpers/train/history';
import { accuracy } from '../../../src/helpers/train/metrics';
import { saveState } from '../../../src/helpers/train/weights';
import { TinyNet } from '../../support/blobs';
import { ended, runOf, tell } from '../../support/callbacks';

describe('What a callback monitors', () => {
  it('is the validation loss where there is one, else the loss, unless a key is given', () => {
    assert.equal(new Monitor({}).key({ loss: 1, validLoss: 2 }), 'validLoss');
    assert.equal(new Monitor({}).key({ loss: 1 }), 'loss');
    assert.equal(new Monitor({ monitor: 'lr' }).key({ loss: 1, validLoss: 2 }), 'lr');
  });

  it('is better as the metric says, and has to be told where it does not', () => {
    for (const [key, sign] of [
      ['loss', 1],
      ['validLoss', 1],
      ['mae', 1],
      ['validMae', 1],
      ['accuracy', -1],
      ['validF1', -1],
    ] as const) {
      // prettier-ignore
      assert.equal(new Monitor({ monitor: key }).cost({ [key]: 2 }), 2 * sign, key);
      assert.equal(new Monitor({ monitor: key, mode: 'min' }).cost({ [key]: 2 }), 2);
      assert.equal(new Monitor({ monitor: key, mode: 'max' }).cost({ [key]: 2 }), -2);
    }
    const own = (better: 'min' | 'max') => [{ ...accuracy(), name: 'rmse', better }];
    const watched = new Monitor({ monitor: 'validRmse' });
    assert.equal(watched.cost({ validRmse: 2 }, own('min')), 2);
    assert.equal(watched.cost({ validRmse: 2 }, own('max')), -2);
    for (const key of ['validRmse', 'topError', 'validLossless', 'perplexity']) {
      assert.throws(
        () => new Monitor({ monitor: key }).cost({ [key]: 2 }),
        new RegExp(
          `^RangeError: Cannot monitor '${key}': expected mode 'min' or 'max', since the metric does not say`,
        ),
      );
    }
    assert.throws(() => new Monitor({ monitor: 'rmse' }).cost({ loss: 1 }), /expected one of loss/);
  });

  it('is not guessed by a history either', () => {
    const history = History.from({ epochs: [{ epoch: 1, loss: 2, validRmse: 2 }, { epoch: 2, loss: 1, validRmse: 3 }] }); // prettier-ignore
    assert.equal(history.best('validRmse', 'min')?.epoch, 1);
    assert.equal(history.best('loss')?.epoch, 2);
    assert.throws(
      () => history.best('validRmse'),
      /Cannot find the best 'validRmse': expected mode 'min' or 'max'/,
    );
  });
});

describe("EarlyStopping, the guide's class", () => {
  it('takes a loss that is lower by just minDelta, or equal without one, for progress', () => {
    for (const minDelta of [0, 0.5]) {
      const stopper = new EarlyStopping(1, minDelta);
      stopper.call(2);
      stopper.call(2 - minDelta);
      assert.deepEqual([stopper.counter, stopper.bestLoss, stopper.earlyStop], [0, 2 - minDelta, false]);
    }
  });
});

describe('earlyStopping()', () => {
  it('waits seven epochs, and says for what and how long it waited', async () => {
    const run = runOf();
    const same = new Array<number>(9).fill(0.5);
    assert.equal(await tell(earlyStopping(), run, 'validLoss', same), 8);
    assert.equal(run.history.reason, 'validLoss 连续 7 轮没有改善，停止训练，权重取回第 1 轮的');
    const plain = runOf();
    const options = { patience: 2, restore: false, monitor: 'accuracy' };
    assert.equal(await tell(earlyStopping(options), plain, 'accuracy', [0.5, 0.6, 0.6, 0.55]), 4);
    assert.equal(plain.history.reason, 'accuracy 连续 2 轮没有改善，停止训练');
  });

  it('puts the best weights back when the run has finished or stopped, not when it was interrupted', async () => {
    for (const [ending, back] of [
      ['finished', true],
      ['stopped', true],
      ['interrupted', false],
      ['failed', false],
    ] as const) {
      // prettier-ignore
      const run = runOf();
      const callback = earlyStopping();
      await callback.onStart?.(run);
      await tell(callback, run, 'validLoss', [1]);
      const best = saveState(run.model);
      run.model.parameters().forEach((variable) => variable.assign(tf.zerosLike(variable)));
      await tell(callback, run, 'validLoss', [2], 2);
      await ended(callback, run, ending);
      assert.equal(JSON.stringify([...saveState(run.model)]) === JSON.stringify([...best]), back, ending);
    }
  });

  it('forgets at the start of a new run, and goes on in one that is resumed or loaded', async () => {
    const callback = earlyStopping({ patience: 2 });
    const run = runOf();
    await tell(callback, run, 'validLoss', [1, 2]);
    await callback.onStart?.(runOf({ resumed: true }));
    assert.equal(await tell(callback, run, 'validLoss', [2], 3), 3);
    const other = earlyStopping({ patience: 3 });
    other.loadStateDict?.(callback.stateDict?.() as never);
    assert.deepEqual(other.stateDict?.(), callback.stateDict?.());
    assert.equal(await tell(other, run, 'validLoss', [2], 4), 4);
    await callback.onStart?.(run);
    assert.deepEqual(callback.stateDict?.(), { best: Infinity, bestEpoch: 0, waited: 0, weights: undefined });
    assert.equal(await tell(callback, run, 'validLoss', [5, 5], 1), 0);
  });
});

describe('timeLimit()', () => {
  const step = { epoch: 1, step: 1, batch: 1, size: 1, loss: 1, lr: 1, running: () => ({}) };

  it('counts minutes and seconds of training, over resumed runs, and says so', () => {
    const run = runOf();
    const callback = timeLimit({ minutes: 1, seconds: 30 });
    void callback.onStart?.(run);
    assert.equal(callback.onBatchEnd?.(step, run), undefined);
    callback.loadStateDict?.({ spent: 90 } as never);
    void callback.onStart?.(runOf({ resumed: true }));
    assert.equal(callback.onBatchEnd?.(step, run), 'stop');
    assert.equal(run.history.reason, '训练已满 90 秒，停止');
    void callback.onEnd?.(run.history, run);
    assert.ok((callback.stateDict?.() as { spent: number }).spent >= 90);
    void callback.onStart?.(run); // a new run
    assert.equal(callback.onBatchEnd?.(step, run), undefined);
  });
});

describe('schedule()', () => {
  const stateful = () => {
    const seen: unknown[] = [];
    const scheduler = {
      step: (...args: unknown[]) => void seen.push(args),
      stateDict: () => ({ seen: 1 }),
      loadStateDict: (state: unknown) => void seen.push(state),
    };
    return { seen, scheduler };
  };

  it('saves and loads the state of its scheduler, where it has one', () => {
    const { seen, scheduler } = stateful();
    const callback = schedule(scheduler);
    assert.deepEqual([callback.name, callback.stateDict?.()], ['schedule', { seen: 1 }]);
    callback.loadStateDict?.('state' as never);
    assert.deepEqual(seen, ['state']);
    const plain = schedule({ step: () => undefined });
    assert.equal(plain.stateDict?.(), null);
    plain.loadStateDict?.(null as never);
  });

  it('steps with the value that it is told to, as it is', async () => {
    const { seen, scheduler } = stateful();
    await tell(schedule(scheduler, { monitor: 'accuracy' }), runOf(), 'accuracy', [0.5]);
    await tell(schedule(scheduler), runOf(), 'other', [0.5]); // no validation: the loss
    assert.deepEqual(seen, [[0.5], [1]]);
    await assert.rejects(
      tell(schedule(scheduler, { monitor: 'f1' }), runOf(), 'accuracy', [0.5]),
      /^RangeError: Cannot monitor 'f1': expected one of epoch, loss, lr, seconds, accuracy/,
    );
  });

  it('lets ReduceLROnPlateau see the validation loss, which other schedulers do not look at', async () => {
    const optimizer = new SGD(new TinyNet().parameters(), { lr: 0.1 });
    const plateau = schedule(new ReduceLROnPlateau(optimizer, { patience: 1 }));
    await tell(plateau, runOf(), 'validLoss', [3, 2, 2]);
    assert.equal(optimizer.lr, 0.1);
    await tell(plateau, runOf(), 'validLoss', [2]);
    assert.equal(optimizer.lr.toFixed(6), '0.010000');
    await tell(schedule(new StepLR(optimizer, { stepSize: 1, gamma: 0.5 })), runOf(), 'validLoss', [7]);
    assert.equal(optimizer.lr.toFixed(6), '0.005000');
  });
});
