import assert from 'node:assert/strict';

import { manualSeed, normal } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { loadStateDict } from '../../../src/helpers/io';
import { Mirror } from '../../../src/helpers/launch/mirror';
import { SGD } from '../../../src/helpers/optim';
import { type Callback, fit, setDefaultCallbacks } from '../../../src/helpers/train';
import { type Report, report } from '../../../src/helpers/train/callbacks/sending';
import * as nn from '../../../src/nn';
import { temporaryFolder } from '../../support/folder';

/** Notes everything a callback is told. */
function noting(notes: unknown[]): Callback {
  return {
    onStart: ({ epochs, batches, samples, resumed, history }) =>
      void notes.push({ epochs, batches, samples, resumed, at: history.epochs.length }),
    onBatchEnd: (log, { history }) =>
      void notes.push({ ...log, running: log.running(), losses: [...history.steps.loss] }),
    onEpochEnd: (log, { history, validSamples }) =>
      void notes.push({ ...log, validSamples, logged: history.epochs.length }),
    onEnd: (history) => void notes.push(JSON.stringify(history)),
  };
}

const model = () => new nn.Linear(3, 2);

describe('a mirrored run', () => {
  const file = temporaryFolder();
  afterEach(() => setDefaultCallbacks(undefined));

  it('tells its callbacks what those of the run are told, and has its history and weights', async () => {
    manualSeed(5);
    const [here, there]: unknown[][] = [[], []];
    setDefaultCallbacks(() => [noting(there ?? [])]);
    const mirror = new Mirror(true);
    const send = (message: Report) => mirror.receive(JSON.parse(JSON.stringify(message)) as Report);
    const batches = [0, 1].map(() => [normal([4, 3]), tf.zeros([4], 'int32')]);
    const net = model();
    const weights = file('weights.safetensors');
    const history = await fit(net, {
      epochs: 2,
      train: batches,
      valid: batches,
      loss: nn.crossEntropy,
      optimizer: new SGD(net.parameters(), { lr: 0.1 }),
      display: false,
      callbacks: [noting(here ?? []), report(send, weights)],
    });
    const mirrored = await mirror.finish();
    const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;
    assert.deepEqual(plain(there), plain(here));
    assert.deepEqual(plain(mirrored), plain(history));
    const copy = model();
    await loadStateDict(copy, weights);
    assert.deepEqual(copy.weight.arraySync(), net.weight.arraySync());
  });

  it('has no model to look at, and says where it is', async () => {
    const seen: string[] = [];
    const look: Callback = {
      onStart(run) {
        for (const read of [() => run.model, () => run.optimizer, () => run.snapshot()]) {
          assert.throws(read, (error: Error) => seen.push(error.message) > 0);
        }
      },
    };
    setDefaultCallbacks(() => [look]);
    const mirror = new Mirror(true);
    mirror.receive({ kind: 'start', epochs: 1, batches: 1, samples: 1, resumed: false, history: {} });
    await mirror.finish();
    assert.equal(seen.length, 3);
    assert.ok(
      seen.every((text) => /^Cannot look at the (model|optimizer|state) of a launched run/.test(text)),
    );
  });
});
