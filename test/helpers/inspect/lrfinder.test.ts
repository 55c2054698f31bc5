import assert from 'node:assert/strict';

import { manualSeed, randomState } from '../../../src/engine/random';
import { DataLoader } from '../../../src/helpers/data/loader';
import { lrFinder } from '../../../src/helpers/inspect/lrfinder';
import { overfitOneBatch } from '../../../src/helpers/inspect/overfit';
import { Adam } from '../../../src/helpers/optim/optimizers';
import { saveState } from '../../../src/helpers/train/weights';
import * as nn from '../../../src/nn';
import { blobs, TinyNet } from '../../support/blobs';
import { printed } from '../../support/kernel';

function setup() {
  const train = new DataLoader(blobs(64), { batchSize: 16, shuffle: true });
  manualSeed(4);
  const model = new TinyNet();
  return { train, model, optimizer: new Adam(model.namedParameters(), { lr: 0.01 }), loss: nn.crossEntropy };
}

describe('lrFinder()', () => {
  it('suggests a rate within the sweep and leaves everything as it was', async () => {
    const { train, model, optimizer, loss } = setup();
    const [weights, random, loader] = [saveState(model), randomState(), train.stateDict()];
    const found = await lrFinder(model, {
      train,
      loss,
      optimizer,
      steps: 40,
      startLr: 1e-4,
      endLr: 10,
      compile: false,
    });
    assert.equal(found.lr.length, found.loss.length);
    assert.ok(found.suggestion > 1e-4 && found.suggestion < 10, `${found.suggestion}`);
    assert.ok(found.loss.every(Number.isFinite));
    assert.deepEqual(saveState(model), weights);
    assert.deepEqual([randomState(), train.stateDict(), optimizer.lr], [random, loader, 0.01]);
    assert.equal(Object.values(optimizer.stateDict().state)[0]?.step, 0);
  });

  it('refuses a sweep that goes nowhere', async () => {
    const { train, model, optimizer, loss } = setup();
    const options = { train, loss, optimizer };
    await assert.rejects(
      lrFinder(model, { ...options, startLr: 1, endLr: 0.1 }),
      /0 < startLr < endLr, got 1 and 0.1/,
    );
    await assert.rejects(lrFinder(model, { ...options, steps: 3 }), /10 steps or more, got 3/);
  });
});

describe('overfitOneBatch()', () => {
  it('says whether a batch can be learned by heart', async () => {
    const { train, model, optimizer, loss } = setup();
    optimizer.lr = 0.05;
    const options = { loss, optimizer, target: 0.2, compile: false };
    const lines = await printed(async () => {
      const { learned, losses } = await overfitOneBatch(model, train.dataset.gather([0, 1, 2, 3]), options);
      assert.ok(learned && losses.length < 200);
      const few = await overfitOneBatch(model, train.dataset.gather([0, 1]), {
        ...options,
        steps: 2,
        target: 0,
      });
      assert.deepEqual([few.learned, few.losses.length], [false, 2]);
    });
    assert.match(lines.join('\n'), /✓ \d+ 步后损失降到[^]*✗ 2 步后损失仍为/);
  });
});
