import assert from 'node:assert/strict';
import { inspect } from 'node:util';

import { History } from '../../../src/helpers/train/history';

describe('History', () => {
  it('prints as one line, however many steps it holds', () => {
    const history = new History();
    history.steps.loss.push(...new Array<number>(1000).fill(1));
    history.epochs.push({ epoch: 1, loss: 0.123456, lr: 0.001, seconds: 2 });
    history.ending = 'finished';
    assert.equal(inspect(history), 'History (finished): 1 epochs, 1000 steps; loss 0.1235, lr 0.001');
    assert.equal(String(new History()), 'History (running): 0 epochs, 0 steps');
  });

  it('finds the best epoch, the earliest of equals', () => {
    const history = new History();
    const values = [[3, 0.5], [1, 0.9], [NaN, 0.9], [1, 0.7]]; // prettier-ignore
    history.epochs.push(
      ...values.map(([validLoss = NaN, accuracy = NaN], i) => ({
        ...{ epoch: i + 1, loss: 1, lr: 1, seconds: 1 },
        ...{ validLoss, accuracy },
      })),
    );
    assert.equal(history.best()?.epoch, 2);
    assert.equal(history.best('accuracy')?.epoch, 2);
    assert.equal(history.best('accuracy', 'min')?.epoch, 1);
    assert.equal(history.best('validLoss', 'max')?.epoch, 1);
    assert.equal(history.best('validF1'), undefined);
  });
});
