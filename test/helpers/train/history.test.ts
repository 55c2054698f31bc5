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
});
