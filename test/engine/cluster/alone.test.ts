import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { noGrad } from '../../../src/engine/autograd';
import { workersMeeting } from '../../../src/engine/autograd/exchange';
import {
  bytesFromFirst,
  currentShare,
  fromFirst,
  rank,
  shared,
  size,
  sumOverWorkers,
  undivided,
  valueFromFirst,
} from '../../../src/engine/cluster';
import * as tf from '../../../src/engine/tf';

describe('a single process', () => {
  it('is the one of one worker', () => assert.deepEqual([rank, size], [0, 1]));

  it('loads no addon, and goes backward without a word to anybody', () => {
    if (process.platform === 'linux') {
      assert.doesNotMatch(readFileSync('/proc/self/maps', 'utf8'), /(cluster|sharedsum)\.node/);
    }
    assert.equal(workersMeeting(tf.scalar(1), false), undefined);
  });

  it('has all of every batch', () => {
    assert.deepEqual([...shared(5, (share) => share ?? 'all')], ['all']);
    assert.deepEqual(
      noGrad(() => [...undivided([1, 2])]),
      [1, 2],
    );
    assert.equal(currentShare(), undefined);
  });

  it('sums and sends to nobody', () => {
    assert.deepEqual(sumOverWorkers(tf.tensor1d([1, 2])).arraySync(), [1, 2]);
    assert.equal(fromFirst(tf.scalar(3)).arraySync(), 3);
    assert.deepEqual(valueFromFirst({ a: 1 }), { a: 1 });
    assert.deepEqual(bytesFromFirst(Uint8Array.of(1, 2, 3)), Uint8Array.of(1, 2, 3));
  });
});
